"""The CPU seconds of all processes that were started from here, those too whose parents ended first: a worker that stops does not
wait for every parser that it killed, and what nobody waits for is counted nowhere. So this process adopts them and waits."""
import ctypes
import os
import resource
import time

PR_SET_CHILD_SUBREAPER = 36
WAIT_SECONDS = 10


def adopt():
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), 'prctl')


def of_children():
    """To be called when no child runs that is to go on: what is left of them is waited for."""
    until = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < until:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            break
        if pid == 0:
            time.sleep(0.005)
    u = resource.getrusage(resource.RUSAGE_CHILDREN)
    return u.ru_utime + u.ru_stime
