# Programs of one file in tests/lib that the end-to-end tests run; they go to
# build/tests. killat kills or fails a command at its n-th system call.
tools := killat
