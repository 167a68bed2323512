#!/usr/bin/env python3
"""Goal: every kind of bad document ends in a right outcome, alone: the good ones that were dropped with it are done,
and no process stays behind."""
import subprocess

from spooltest import Checks, Law, MKPDF, Spool, files_below, pdf, small_pdf, still_alive, until

LIMITS = {
    'parser.cpu_limit': '3s', 'parser.stall_timeout': '4s', 'parser.document_timeout': '20s', 'parser.memory_limit': '512M',
    'spool.max_attempts': '2', 'spool.retry_delay': '0s', 'ocr.ocr': 'never',
}
RETRIED = {'timeout', 'stalled', 'crashed', 'memory', 'protocol', 'poison'}

t = Checks()


def kinds():
    lines = subprocess.run([MKPDF, '--list'], stdout=subprocess.PIPE, check=True).stdout.decode().splitlines()
    return [(kind, widened(kind, set(outcomes.split('|')))) for kind, outcomes, _ in (line.split('\t') for line in lines)]


def widened(kind, outcomes):
    """mkpdf's list is for the default limits. Here they are so low that which of the clocks is first is a matter of the
    machine's load, and 512M are too few for a document that is fine with 1G."""
    if outcomes & {'limit', 'memory', 'timeout', 'stalled'}:
        return outcomes | {'limit', 'timeout', 'stalled'}
    return outcomes | {'memory'} if kind == 'qnest' else outcomes


def outcome_of(spool, name):
    """(outcome or class, path from the top) of a document, or None while it is not finished."""
    for class_, path in spool.failed():
        if path == name:
            return class_.decode(), b'failed/' + class_ + b'/' + path
    if name in spool.done():
        return spool.json(b'done/' + name)['outcome'], b'done/' + name
    return None


def attempts_fit(class_, record):
    """A class that is tried again took both of the two tries; another took one, or came after a first try that was ended
    by a clock."""
    if class_ in RETRIED:
        return record['attempt'] == 2
    return record['attempt'] == 1 + len(record['history']) and set(record['history']) <= set(RETRIED)


def main():
    with Spool(LIMITS, name='outcomes') as spool:
        law, wanted = Law(spool), dict(kinds())
        skipped = []
        for kind in wanted:
            data = pdf(kind)
            if not data:
                skipped.append(kind) # an empty file is no drop
                continue
            law.drop(b'bad-%s.pdf' % kind.encode(), data)
        for i in range(40):
            law.drop(b'good/%d.pdf' % i, small_pdf('good number%02d' % i), 'good number%02d' % i)
        worker = spool.start(host='one')
        everybody = {}

        def all_finished():
            everybody.update((p.pid, p) for p in worker.tree())
            return spool.finished() >= len(law.dropped)

        until(all_finished, 100, 0.1)
        t.equal('all %d documents are finished' % len(law.dropped), spool.finished(), len(law.dropped))
        for kind, outcomes in wanted.items():
            if kind in skipped:
                continue
            got = outcome_of(spool, b'bad-%s.pdf' % kind.encode())
            t.check('%-14s %s' % (kind, '|'.join(sorted(outcomes))), got and got[0] in outcomes, got)
            if not got:
                continue
            record = spool.json(got[1])
            if got[1].startswith(b'failed/'):
                t.check('%-14s x.json says its class, a message and the attempts' % kind,
                        record['outcome'] == 'failed' and record['class'] == got[0] and record['message'] and
                        attempts_fit(got[0], record), {k: record.get(k) for k in (
                            'outcome', 'class', 'message', 'attempt', 'history')})
        t.equal('the good ones are all done', len([p for p in spool.done() if p.startswith(b'good/')]), 40)
        attempts = {spool.json(b'done/good/%d.pdf' % i)['attempt'] for i in range(40)}
        t.equal('none of them cost a second attempt', attempts, {1})
        until(lambda: not worker.spinning(0.5), 10)
        t.equal('no parser spins any more', worker.spinning(30), [])
        last = worker.tree()
        t.equal('stopped with', worker.stop(), 0)
        t.equal('no process is left', still_alive(list(everybody.values()) + last), [])
        found = law.problems()
        t.check('conservation', not found, found)
        t.equal('no lease is left', spool.leases(), [])
        t.equal('no reservation is left', files_below(spool.at(b'control/names')), [])


main()
t.finish()
