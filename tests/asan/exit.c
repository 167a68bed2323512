/*
 * exit: in builds with AddressSanitizer, a look for leaks at the end of processes that end by
 * _exit(), as all children of extractd do: the runtime itself only looks at exit(). Linked into the
 * programs by `make asan` alone.
 */
#include <sanitizer/lsan_interface.h>
#include <sys/syscall.h>
#include <unistd.h>

void _exit(int code)
{
    __lsan_do_leak_check(); /* prints, and ends the process with 23, when it finds any */
    for (;;)
        syscall(SYS_exit_group, code);
}
