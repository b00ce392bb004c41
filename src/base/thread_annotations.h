#pragma once
// The names of clang's thread-safety analysis; nothing for other compilers.
// Source: https://clang.llvm.org/docs/ThreadSafetyAnalysis.html

#if defined(__clang__)
#define CHATD_THREAD_ANNOTATION(x) __attribute__((x))
#else
#define CHATD_THREAD_ANNOTATION(x)
#endif

#define CAPABILITY(x) CHATD_THREAD_ANNOTATION(capability(x))
#define SCOPED_CAPABILITY CHATD_THREAD_ANNOTATION(scoped_lockable)
#define GUARDED_BY(x) CHATD_THREAD_ANNOTATION(guarded_by(x))
#define REQUIRES(...) CHATD_THREAD_ANNOTATION(requires_capability(__VA_ARGS__))
#define EXCLUDES(...) CHATD_THREAD_ANNOTATION(locks_excluded(__VA_ARGS__))
#define ACQUIRE(...) CHATD_THREAD_ANNOTATION(acquire_capability(__VA_ARGS__))
#define RELEASE(...) CHATD_THREAD_ANNOTATION(release_capability(__VA_ARGS__))
#define ASSERT_CAPABILITY(x) CHATD_THREAD_ANNOTATION(assert_capability(x))
#define RETURN_CAPABILITY(x) CHATD_THREAD_ANNOTATION(lock_returned(x))
