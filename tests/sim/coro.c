#include "coro.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "sim.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#define START_SWITCH(save, bottom, size)  __sanitizer_start_switch_fiber(save, bottom, size)
#define FINISH_SWITCH(save, bottom, size) __sanitizer_finish_switch_fiber(save, bottom, size)
#else
#define START_SWITCH(save, bottom, size)  ((void)0)
#define FINISH_SWITCH(save, bottom, size) ((void)0)
#endif

enum { STACK = 512 * 1024, GUARD = 64 * 1024 };

/* What a switch keeps: the stack pointer, with the registers that a function must keep pushed on
 * it. swapcontext(3) would do, at two system calls a switch. */
struct coro {
    void *sp;
    char *stack; /* above the guard */
    struct coro *next_free;
    void (*body)(void *);
    void *arg;
    bool ended;
#if defined(__SANITIZE_ADDRESS__)
    void *fake;
#endif
};

static struct coro *free_list, *current;
static void *main_sp;
#if defined(__SANITIZE_ADDRESS__)
static void *main_fake;
static const void *main_bottom;
static size_t main_size;
#endif

#if defined(__x86_64__)
void coro_switch(void **save, void *to);
__asm__(".text\n"
        ".globl coro_switch\n"
        ".type coro_switch,@function\n"
        "coro_switch:\n"
        "  endbr64\n"
        "  pushq %rbp\n  pushq %rbx\n  pushq %r12\n  pushq %r13\n  pushq %r14\n  pushq %r15\n"
        "  movq %rsp, (%rdi)\n"
        "  movq %rsi, %rsp\n"
        "  popq %r15\n  popq %r14\n  popq %r13\n  popq %r12\n  popq %rbx\n  popq %rbp\n"
        "  ret\n"
        ".size coro_switch,.-coro_switch\n");
#else
#error "coro: this machine needs its own coro_switch (or swapcontext)"
#endif

static void begin(void)
{
    FINISH_SWITCH(NULL, &main_bottom, &main_size);
    struct coro *c = current;
    c->body(c->arg);
    c->ended = true;
    START_SWITCH(NULL, main_bottom, main_size);
    coro_switch(&c->sp, main_sp);
    sim_broken("a coroutine that ended was run again");
}

static struct coro *new_stack(void)
{
    struct coro *c = calloc(1, sizeof *c);
    char *p = mmap(NULL, STACK + GUARD, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (!c || p == MAP_FAILED || mprotect(p, GUARD, PROT_NONE) != 0)
        sim_broken("no stack for a process");
    c->stack = p + GUARD;
    return c;
}

struct coro *coro_new(void (*body)(void *), void *arg)
{
    struct coro *c = free_list;
    if (c)
        free_list = c->next_free;
    else
        c = new_stack();
    c->body = body;
    c->arg = arg;
    c->ended = false;
    /* As coro_switch left it: six registers, then where to return to; 16 bytes aligned as at a
     * function's entry. */
    uintptr_t *top = (uintptr_t *)(void *)(c->stack + STACK - 64);
    *--top = 0;
    *--top = (uintptr_t)begin;
    for (int i = 0; i < 6; i++)
        *--top = 0;
    c->sp = top;
    return c;
}

bool coro_run(struct coro *c)
{
    current = c;
    START_SWITCH(&main_fake, c->stack, STACK);
    coro_switch(&main_sp, c->sp);
    FINISH_SWITCH(main_fake, NULL, NULL);
    current = NULL;
    if (!c->ended)
        return true;
    c->next_free = free_list;
    free_list = c;
    return false;
}

void coro_pause(void)
{
    struct coro *c = current;
    START_SWITCH(&c->fake, main_bottom, main_size);
    coro_switch(&c->sp, main_sp);
    FINISH_SWITCH(c->fake, &main_bottom, &main_size);
}
