#!/bin/sh
# Runs fuzz targets one after the other, each for a while; `make fuzz` builds them first.
#
# Usage: scripts/run_fuzz.sh SECONDS FOLDER TARGET…     run at the top of the tree
#
# FOLDER has the programs and is given what they find: corpus/<target>/ is what they go on from next
# time, crash-…, timeout-… and oom-… are inputs to look at. The seeds are in test/fuzz/corpus/.
# The last line is the sum, "N passed, N failed"; exits 1 if anything failed.
set -u

seconds=$1
folder=$2
shift 2
passed=0
failed=0
for target in "$@"; do
  log=$folder/$target.log
  mkdir -p "$folder/corpus/$target"
  if "$folder/$target" -max_total_time="$seconds" -timeout=10 -print_final_stats=1 -verbosity=1 \
    -artifact_prefix="$folder/$target-" "$folder/corpus/$target" "test/fuzz/corpus/$target" \
    >"$log" 2>&1 </dev/null; then
    echo "ok - $target: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs"
    passed=$((passed + 1))
  else
    echo "not ok - $target"
    grep -v '^#[0-9]*[[:space:]]' "$log" | tail -n 60
    failed=$((failed + 1))
  fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
