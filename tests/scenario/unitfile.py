"""What the units of packaging/systemd say, as far as tests ask."""
import os
import re
import subprocess

UNITS = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), 'packaging', 'systemd')


def allowed_calls(unit):
    """The system calls that a unit allows, by systemd's own groups."""
    listing = subprocess.run(['systemd-analyze', 'syscall-filter'], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout.decode()
    groups = {}
    for line in listing.splitlines():
        if line.startswith('@'):
            group = groups.setdefault(line.strip(), set())
        elif line.strip() and not line.strip().startswith('#') and groups:
            group.add(line.strip())

    def calls(name):
        if not name.startswith('@'):
            return {name}
        return set().union(*(calls(n) for n in groups[name]))
    now = set()
    with open(os.path.join(UNITS, unit), encoding='utf-8') as f:
        for line in re.findall(r'(?m)^SystemCallFilter=(.*)$', f.read()):
            those = set().union(*(calls(w) for w in line.lstrip('~').split()))
            now = now - those if line.startswith('~') else now | those
    return now
