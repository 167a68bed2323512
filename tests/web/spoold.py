"""A real spoold for the tests of the page, on a spool of spooltest's."""
import os
import signal
import subprocess
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, 'tests', 'scenario'))

from spooltest import BUILD, below, send_signal  # noqa: E402

TOKEN = 'a-token-of-the-test-0123456789'


def launch(spool, config, heard, *options, listen='127.0.0.1:0', **more):
    """Start spoold: (its process, the port that it serves on: None where it does not get there). Each line that it says until
    then is heard; what comes after is the caller's to read from its stderr."""
    process = subprocess.Popen([os.path.join(BUILD, 'spoold'), '--spool', spool.path, '--config', config,
                                '--www', os.path.join(ROOT, 'www'), '--listen', listen, *options], stderr=subprocess.PIPE, **more)
    for line in process.stderr:
        heard(line)
        if b'serving on' in line:
            return process, int(line.rsplit(b':', 1)[1].strip(b'"\n'))
    return process, None


class Spoold:
    """One spoold. Its settings ({'key': value} of [page]) are on top of a token and a file for the history."""

    def __init__(self, spool, port=0, **settings):
        token, config = (os.path.join(spool.top, n) for n in (b'token', b'spoold.ini'))
        with open(token, 'w', encoding='ascii') as f:
            f.write(TOKEN + '\n')
        os.chmod(token, 0o640)
        settings = {'token_file': os.fsdecode(token), 'keep_file': os.fsdecode(spool.top) + '/history', **settings}
        with open(config, 'w', encoding='utf-8') as f:
            f.write('[page]\n' + ''.join('%s = %s\n' % pair for pair in settings.items()))
        self.said = b''
        self.process, self.port = launch(spool, config, self.hear, listen='127.0.0.1:%d' % port, stdin=subprocess.DEVNULL)
        if self.port is None:
            raise RuntimeError('spoold does not start: %s' % self.said.decode(errors='replace'))
        self.url = 'http://127.0.0.1:%d/' % self.port
        self.drain = threading.Thread(target=self.listen, daemon=True) # a full pipe would stop it
        self.drain.start()

    def hear(self, line):
        self.said += line

    def listen(self):
        for line in self.process.stderr:
            self.hear(line)

    def scanner(self):
        return next(p for p in below(self.process.pid) if p.role == 'scanner')

    def signal_scanner(self, sig):
        send_signal(self.scanner(), sig)

    def stop(self, sig=signal.SIGTERM):
        """Its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(sig)
        try:
            code = self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self.drain.join(5)
        self.process.stderr.close()
        return code
