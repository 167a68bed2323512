"""mountstats: how many calls a client has sent to its NFS server, by operation.

    before = mountstats.read(cluster, "c1", "/srv/v4.2")
    ...
    sent = mountstats.difference(before, mountstats.read(cluster, "c1", "/srv/v4.2"))
    print(mountstats.line(sent, documents))
"""

import re


def parse(text, mount_point):
    """{operation: calls} of one mount, from the text of /proc/self/mountstats."""
    for block in re.split(r"(?m)^device ", text):
        head, _, rest = block.partition("\n")
        if f" mounted on {mount_point} with fstype nfs" not in head:
            continue
        operations = rest.partition("per-op statistics")[2]
        return {name: int(calls) for name, calls in re.findall(r"(?m)^\s+([A-Z0-9_]+): (\d+)", operations)}
    raise ValueError(f"no NFS mount on {mount_point}")


def read(cluster, client, mount_point):
    return parse(cluster.run(client, "cat /proc/self/mountstats"), mount_point)


def difference(before, after):
    """What was sent in between: only operations with any."""
    return {name: after[name] - before.get(name, 0) for name in after if after[name] > before.get(name, 0)}


def line(sent, per=1):
    """'LOOKUP 1.00 RENAME 1.00 total 2.00', each divided by `per`."""
    words = [f"{name} {calls / per:.2f}" for name, calls in sorted(sent.items())]
    return " ".join([*words, f"total {sum(sent.values()) / per:.2f}"])


def retries(cluster, client, mount_point, operation):
    """(how often one of these calls was sent again, how many ended with an error), so far."""
    text = cluster.run(client, "cat /proc/self/mountstats")
    for block in re.split(r"(?m)^device ", text):
        if f" mounted on {mount_point} with fstype nfs" in block.partition("\n")[0]:
            figures = re.search(rf"(?m)^\s+{operation}: (.*)", block).group(1).split()
            return int(figures[1]) - int(figures[0]), int(figures[8])
    raise ValueError(f"no NFS mount on {mount_point}")
