"""A PDF put together of its objects, for tests that need many, or one that nothing else would make."""


def of_objects(bodies):
    """A PDF of these objects, numbered from 1; the first is its catalog."""
    out, offsets, at = [b'%PDF-1.4\n'], [], 9
    for i, body in enumerate(bodies, 1):
        offsets.append(at)
        out.append(b'%d 0 obj\n%s\nendobj\n' % (i, body))
        at += len(out[-1])
    table = b''.join(b'%010d 00000 n \n' % o for o in offsets)
    return b''.join(out) + b'xref\n0 %d\n0000000000 65535 f \n' % (len(bodies) + 1) + table + \
        b'trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n' % (len(bodies) + 1, at)
