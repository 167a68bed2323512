#!/usr/bin/env python3
"""docs/openapi.yaml as the JSON that spoold serves: www/openapi.json. Needs PyYAML.

usage: openapi.py           does the file hold what the contract says?
       openapi.py --write   write it anew
"""
import json
import os
import sys

import yaml

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SERVED = os.path.join(ROOT, 'www', 'openapi.json')


def main():
    with open(os.path.join(ROOT, 'docs', 'openapi.yaml'), encoding='utf-8') as f:
        contract = yaml.safe_load(f)
    text = json.dumps(contract, ensure_ascii=False, indent=1) + '\n'
    if sys.argv[1:] == ['--write']:
        with open(SERVED, 'w', encoding='utf-8') as f:
            f.write(text)
        return 0
    with open(SERVED, encoding='utf-8') as f:
        same = f.read() == text
    if not same:
        print('FAIL www/openapi.json is not what docs/openapi.yaml says: `make openapi` writes it anew')
    print('%d passed, %d failed' % (same, not same))
    return not same


if __name__ == '__main__':
    sys.exit(main())
