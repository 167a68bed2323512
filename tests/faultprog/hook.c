/* The object that makes the shipped programs faulty: see hook.h. */
#include "tests/faultprog/hook.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* "main" is the process that was started: spoolctl, or the supervisor of extractd. */
static const char *const roles[HOOK_ROLES] = {"main",    "opener", "closer",   "reload",  "beat",
                                              "claimer", "slot.0", "reporter", "janitor", "slot.1"};

static struct hook_page *page;

/* The linker sends the programs' calls of child_name here (--wrap). */
void __real_child_name(const char *name);
void __wrap_child_name(const char *name);

/* From here on this process's calls are the role's. */
static void take_role(struct hook_role *r)
{
    struct fault_plan plan = {.call = r->plan.call,
                              .kind = (enum fault_kind)r->plan.kind,
                              .trace = getenv("FAULTPROG_TRACE") != NULL};
    if (atomic_fetch_add(&r->processes, 1) > 0)
        plan.call = 0;
    else
        atomic_store(&r->pid, (int32_t)getpid());
    faultop_install(&plan, &r->proof);
    faultop_arm(true);
}

void __wrap_child_name(const char *name)
{
    __real_child_name(name);
    if (!page)
        return;
    faultop_arm(false); /* a role that is not listed, as the zygote's, is left alone */
    for (int i = 0; i < HOOK_ROLES; i++)
        if (strcmp(roles[i], name) == 0)
            take_role(&page->role[i]);
}

static void print_table(void)
{
    printf("page %zu %zu %d\n", sizeof(struct hook_page), sizeof(struct hook_role), HOOK_ROLES);
    printf("plan %zu\n", offsetof(struct hook_role, plan));
    printf("processes %zu\n", offsetof(struct hook_role, processes));
    printf("pid %zu\n", offsetof(struct hook_role, pid));
    printf("calls %zu\n", offsetof(struct hook_role, proof.calls));
    printf("hits %zu\n", offsetof(struct hook_role, proof.hits));
    printf("hit_call %zu\n", offsetof(struct hook_role, proof.hit_call));
    printf("hit_op %zu\n", offsetof(struct hook_role, proof.hit_op));
    printf("hit_name %zu\n", offsetof(struct hook_role, proof.hit_name));
    printf("ops %zu %d\n", offsetof(struct hook_role, proof.ops), FAULT_MAX_CALLS);
    for (int i = 0; i < HOOK_ROLES; i++)
        printf("role %s\n", roles[i]);
    for (int i = 0; i < OP_COUNT; i++)
        printf("op %s\n", faultop_op_name((enum fault_op)i));
    for (int k = FAULT_NONE + 1; k < FAULT_PARK; k++) { /* park needs a parent with pipes */
        printf("kind %d %s", k, faultop_kind_name((enum fault_kind)k));
        for (int i = 0; i < OP_COUNT; i++)
            if (faultop_applies((enum fault_kind)k, (enum fault_op)i))
                printf(" %s", faultop_op_name((enum fault_op)i));
        putchar('\n');
    }
}

/* Before main(), and so before any operation of the program. */
__attribute__((constructor)) static void hook_open(void)
{
    const char *file = getenv("FAULTPROG");
    if (!file)
        return;
    if (strcmp(file, "table") == 0) {
        print_table();
        exit(0);
    }
    int fd = open(file, O_RDWR | O_CLOEXEC);
    struct hook_page *p =
        fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *p, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (p == MAP_FAILED) {
        perror("FAULTPROG");
        _exit(99);
    }
    close(fd);
    page = p;
    for (int i = 0; i < HOOK_ROLES; i++)
        snprintf(page->role[i].name, HOOK_NAME, "%s", roles[i]);
    take_role(&page->role[0]);
}
