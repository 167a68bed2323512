"""Counts that are kept, in tests/bench/expected/FILE, and what is counted now beside them.

A file has comments (#), and a line `name value tolerance` for each count: the tolerance is of the value (2%), or in the unit
of the value (0.4). A count outside it is a failure, also where it is less: what was gained is to be kept. `make expected`
(EXPECTED=write in the environment) writes the values anew; tolerances and comments stay, and `git diff` shows the change.
"""
import os
import re

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'expected')
LINE = re.compile(r'(\S+)\s+(-?\d+(?:\.\d+)?)\s+(\d+(?:\.\d+)?%?)$')


def writing():
    return os.environ.get('EXPECTED') == 'write'


def shown(value):
    """1,234,567 or 2.75."""
    return '{:,}'.format(value) if isinstance(value, int) else '{:,.2f}'.format(value)


class Broken(Exception):
    """A file that is not as it must be."""


class Kept:
    def __init__(self, file, unit, folder=FOLDER):
        self.path, self.unit = os.path.join(folder, file), unit
        with open(self.path, encoding='utf-8') as f:
            self.lines = f.read().splitlines()
        self.values = {}
        for number, line in enumerate(self.lines, 1):
            if line and not line.startswith('#'):
                found = LINE.match(line)
                if not found or found.group(1) in self.values:
                    raise Broken('%s:%d: not `name value tolerance`, or there twice: %s' % (self.path, number, line))
                value = found.group(2)
                self.values[found.group(1)] = (float(value) if '.' in value else int(value), found.group(3))

    def words(self, head):
        """What follows `# HEAD: ` in a line; '' when there is none."""
        return next((line[len(head) + 4:] for line in self.lines if line.startswith('# %s: ' % head)), '')

    def room(self, name):
        """How far a count may be away."""
        value, tolerance = self.values[name]
        return abs(value) * float(tolerance[:-1]) / 100 if tolerance.endswith('%') else float(tolerance)

    def judge(self, name, now, why=''):
        """(is it all right?, a sentence). `why`: where to look for the reason."""
        where = os.path.relpath(self.path)
        if name not in self.values:
            return False, '%s: %s %s, and nothing is expected in %s; run make expected' % (name, shown(now), self.unit, where)
        value, tolerance = self.values[name]
        text = '%s: %s %s, expected %s +-%s' % (name, shown(now), self.unit, shown(value), tolerance.replace('%', ' %'))
        if abs(now - value) <= self.room(name) + 1e-9:
            return True, text
        by = '%.1f %% ' % (abs(now - value) / abs(value) * 100) if value else ''
        if now > value:
            return False, '%s: %smore; find out why%s, or run make expected and say why in the commit' % (text, by, why)
        return False, '%s: %sless; if that is meant, run make expected, so that it is kept' % (text, by)

    def judge_all(self, counts, why=lambda name: ''):
        """The same for each of counts, and for what is expected and was not counted."""
        found = [self.judge(name, now, why(name)) for name, now in counts.items()]
        return found + [(False, '%s: expected in %s, and not counted' % (name, os.path.relpath(self.path)))
                        for name in self.values if name not in counts]

    def write(self, counts, tolerance, heads=None):
        """The same file with these values; new names with this tolerance, at the end; without those that are not counted any
        more. heads: {head: what follows it}."""
        lines, left = [], dict(counts)
        for line in self.lines:
            found = LINE.match(line) if not line.startswith('#') else None
            if found and found.group(1) in left:
                lines.append(self.line(found.group(1), left.pop(found.group(1)), found.group(3)))
            elif not found:
                head = line[2:].split(': ')[0]
                lines.append('# %s: %s' % (head, heads[head]) if heads and line.startswith('# ') and head in heads else line)
        lines += [self.line(name, value, tolerance) for name, value in left.items()]
        with open(self.path, 'w', encoding='utf-8') as f:
            f.write('\n'.join(lines) + '\n')

    @staticmethod
    def line(name, value, tolerance):
        return '%-20s %12s %6s' % (name, value if isinstance(value, int) else '%.2f' % value, tolerance)
