"""What scripts/bench.py found, for people and for machines: a table in Markdown, JSON, a chart."""

import html
import json
import math

TITLES = {
    "cpu_per_million": "CPU s per million",
    "deliveries_per_second": "deliveries/s",
    "p50_ms": "p50 ms",
    "p99_ms": "p99 ms",
    "resident_growth": "memory grown",
    "tcp_memory_growth": "the kernel's TCP memory grown",
    "bytes_per_member": "bytes each",
    "enter_cpu_us": "CPU µs to enter",
    "enter_seconds": "seconds",
    "idle_cpu_share": "CPU while idle",
}


def shown(figure, value):
    if value is None:
        return "–"
    if figure == "deliveries_per_second":
        return f"{value / 1e6:.3g} M" if value >= 1e5 else f"{value / 1e3:.3g} k"
    if figure.endswith("_growth"):
        return f"{value / 1024:.0f} KiB"
    if figure == "idle_cpu_share":
        return f"{100 * value:.1f} %"
    if figure == "bytes_per_member":
        return f"{value:.0f}"
    return f"{value:.3g}"


def ratio(row, first, figure):
    """How many times the first row's figure; nothing for the first row itself."""
    if row is first or not first["median"].get(figure) or row["median"].get(figure) is None:
        return ""
    return f"{row['median'][figure] / first['median'][figure]:.3g} ×"


def table(scenario):
    """The scenario's rows as a Markdown table."""
    columns = scenario["columns"]
    lines = [f"**{scenario['name']}**: {scenario['title']}", "",
             "| | " + " | ".join(TITLES[c] for c in columns) + " | of the first |",
             "| --- |" + " ---: |" * (len(columns) + 1)]
    present = [row for row in scenario["rows"] if row["median"]]
    for row in scenario["rows"]:
        if row["median"]:
            cells = [shown(c, row["median"].get(c)) for c in columns]
            cells.append(ratio(row, present[0], columns[0]))
        else:
            cells = [f"not measured: {row['why']}"] + [""] * len(columns)
        lines.append(f"| {row['label']} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def write_json(path, result):
    path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")


def write_svg(path, result):
    """CPU per delivery, a bar a server, on a logarithmic scale: between them lie powers of ten."""
    bars = [(scenario["name"], row["label"], row["median"]["cpu_per_million"])
            for scenario in result["scenarios"] for row in scenario["rows"]
            if (row["median"] or {}).get("cpu_per_million")]
    if not bars:
        return
    low = math.floor(math.log10(min(value for *_, value in bars)))
    high = math.ceil(math.log10(max(value for *_, value in bars)))
    scale = 420 / max(1, high - low)
    lines, y, last = [], 60, None
    for name, label, value in bars:
        if name != last:
            y += 26
            lines.append(f'<text class="name" x="10" y="{y}">{html.escape(name)}</text>')
            y += 6
            last = name
        y += 16
        width = (math.log10(value) - low) * scale
        kind = "ours" if label.startswith("chatd") else "other"
        lines.append(f'<text x="190" y="{y}" text-anchor="end">{html.escape(label)}</text>'
                     f'<rect class="{kind}" x="200" y="{y - 10}" width="{width:.1f}" height="12"/>'
                     f'<text x="{205 + width:.1f}" y="{y}">{value:.3g}</text>')
    ticks = "".join(
        f'<line x1="{200 + (power - low) * scale:.1f}" x2="{200 + (power - low) * scale:.1f}" '
        f'y1="56" y2="{y + 10}"/><text x="{200 + (power - low) * scale:.1f}" y="50" '
        f'text-anchor="middle">{10.0 ** power:g}</text>' for power in range(low, high + 1))
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="700" height="{y + 24}" '
        'font-family="sans-serif" font-size="11">\n<style>.ours{fill:#1b7f5c}.other{fill:#9aa5b1}'
        ".name{font-weight:bold}line{stroke:#dde2e8}</style>\n"
        '<rect width="100%" height="100%" fill="#fff"/>\n'
        '<text class="name" x="10" y="20">CPU seconds of the server per million deliveries '
        "(less is better; logarithmic)</text>\n" + ticks + "\n" + "\n".join(lines) + "\n</svg>\n")
