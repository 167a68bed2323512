#include "attacks.h"

#include <string.h>

#define SYS   "crashed SIGSYS"
#define EV(x) "corrupt errno " x
#define OK    "corrupt success"
#define ALL(x)                                                                                     \
    {                                                                                              \
        x, x, x                                                                                    \
    }
const struct attack attacks[] = {
    {"open /etc/passwd", {EV("EACCES"), EV("EACCES"), OK}, false},
    {"open /proc/self/mem", {EV("EACCES"), EV("EACCES"), OK}, false},
    {"create %s.new", {EV("EACCES"), EV("EACCES"), OK}, false},
    {"stat /etc/passwd", {EV("EACCES"), EV("EACCES"), OK}, false},
    {"unlink %s", {SYS, SYS, OK}, false},
    {"truncate %s", {SYS, SYS, OK}, false},
    {"socket", {SYS, SYS, OK}, false},
    {"connect %d", {SYS, SYS, OK}, false},
    {"unix %u", {SYS, SYS, OK}, false},
    {"fork", {SYS, SYS, OK}, false},
    {"execve /bin/true",
     {SYS, SYS, "protocol"},
     false}, /* it became /bin/true, and ended without END */
    {"kill", {SYS, SYS, OK}, false},
    {"ptrace", {SYS, SYS, OK}, false},
    {"map-exec", {SYS, SYS, OK}, false},
    {"protect-exec", {SYS, SYS, OK}, false},
    {"tiocsti",
     {SYS, SYS, EV("ENOTTY")},
     false}, /* it got as far as /dev/null, which is no terminal */
    {"x32", {SYS, SYS, OK "|" EV("ENOSYS")}, false}, /* kernels may be built without */
    {"int80", {SYS "|crashed SIGSEGV", SYS "|crashed SIGSEGV", OK "|crashed SIGSEGV"}, false},
    {"memfd-exec", {SYS, SYS, EV("ENOEXEC")}, false},         /* made, and tried: it is empty */
    {"write-document", {SYS, SYS, "crashed SIGXFSZ"}, false}, /* RLIMIT_FSIZE, before the seal */
    {"dup", {SYS, SYS, OK}, false},
    {"read-other", ALL(EV("EBADF")), false},
    {"allocate", ALL(EV("ENOMEM")), false},
    {"segv", ALL("crashed SIGSEGV"), false},
    {"abort", {SYS, SYS, "crashed SIGABRT"}, false},
    {"no-end", ALL("protocol"), false},
    {"huge-frame", {"protocol", "protocol", "protocol"}, false},
    {"page-minus-one", ALL("protocol"), false},
    {"bad-utf8", ALL("protocol"), false},
    {"nul-text", ALL("protocol"), false},
    {"too-many-pages", ALL("protocol"), false},
    {"lying-end", ALL("protocol"), false},
    {"unknown-outcome", ALL("protocol"), false},
    {"unasked-entry", ALL("protocol"), false},
    {"two-ends", ALL("protocol"), false},
    {"garbage", ALL("protocol"), false},
    {"close-results", ALL("protocol"), false},
    {"flood", ALL("protocol"), false},
    {"spin", ALL("crashed SIGKILL"), true},
    {"stop", {SYS, SYS, "crashed SIGKILL"}, true},
};

const size_t attack_count = sizeof attacks / sizeof attacks[0];

bool attacks_match(const char *want, const char *got)
{
    while (want) {
        const char *bar = strchr(want, '|');
        size_t n = bar ? (size_t)(bar - want) : strlen(want);
        if (strncmp(want, got, n) == 0 && (got[n] == '\0' || strncmp(want, "protocol", 8) == 0))
            return true;
        want = bar ? bar + 1 : NULL;
    }
    return false;
}
