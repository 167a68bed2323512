"""The mapping that the runner shares with a faulty program (hook.h): plans in it, proof out of it."""
import mmap
import os
import struct
import subprocess


class Table:
    """What the programs say about themselves: the mapping's layout, roles, operations, kinds of fault."""

    def __init__(self, program):
        out = subprocess.run([program], env=dict(os.environ, FAULTPROG='table'), check=True, stdout=subprocess.PIPE,
                             timeout=20).stdout.decode()
        self.at, self.roles, self.ops, self.kinds, self.applies = {}, [], [], {}, {}
        for words in map(str.split, out.splitlines()):
            if words[0] == 'page':
                self.size, self.stride = int(words[1]), int(words[2])
            elif words[0] == 'role':
                self.roles.append(words[1])
            elif words[0] == 'op':
                self.ops.append(words[1])
            elif words[0] == 'kind':
                self.kinds[words[2]] = int(words[1])
                self.applies[words[2]] = set(words[3:])
            else:
                self.at[words[0]] = int(words[1])
                if words[0] == 'ops':
                    self.most = int(words[2])


class Proof:
    """What was recorded of one role."""

    def __init__(self, table, raw, base):
        def number(name):
            return struct.unpack_from('=I', raw, base + table.at[name])[0]

        self.processes, self.pid, self.calls, self.hits = (number(n) for n in ('processes', 'pid', 'calls', 'hits'))
        self.hit_call = number('hit_call')
        self.hit_op = table.ops[number('hit_op')] if self.hits else ''
        name = base + table.at['hit_name']
        self.hit_name = raw[name:name + 64].split(b'\0')[0].decode(errors='replace')
        ops = base + table.at['ops']
        self.ops = [table.ops[o] for o in raw[ops:ops + min(self.calls, table.most)]]


class Page:
    """One mapping, in a file of its own."""

    def __init__(self, table, path):
        self.table, self.path = table, path
        with open(path, 'wb') as f:
            f.truncate(table.size)
        with open(path, 'r+b') as f:
            self.map = mmap.mmap(f.fileno(), table.size)

    def base(self, role):
        return self.table.roles.index(role) * self.table.stride

    def clear(self):
        self.map[:] = bytes(self.table.size)

    def plan(self, role, call, kind):
        struct.pack_into('=II', self.map, self.base(role) + self.table.at['plan'], call, self.table.kinds[kind])

    def proof(self, role):
        return Proof(self.table, self.map, self.base(role))
