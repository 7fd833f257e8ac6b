# Programs of one file in tests/lib that the end-to-end tests run; they go to
# build/tests. killat kills or fails a command at its n-th system call, measure
# takes the numbers of the benchmarks.
tools := killat measure
