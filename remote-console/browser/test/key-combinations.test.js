// SPDX-License-Identifier: Apache-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GROUPS, keySymbol, press } from '../source/key-combinations.js';

test('keys go down in order and up in reverse', () => {
  const sent = [];
  press(['ControlLeft', 'AltLeft', 'Delete'], (symbol, code, down) => sent.push(`${down ? '+' : '-'}${code}`));

  assert.deepEqual(sent, ['+ControlLeft', '+AltLeft', '+Delete', '-Delete', '-AltLeft', '-ControlLeft']);
});

test('every key offered has a symbol', () => {
  for (const { combinations } of GROUPS) {
    for (const { text, keys } of combinations) {
      assert.ok(keys.every((code) => keySymbol(code) > 0), text);
    }
  }
});

test('symbols are those of X11', () => {
  assert.equal(keySymbol('F1'), 0xffbe);
  assert.equal(keySymbol('F12'), 0xffc9);
  assert.equal(keySymbol('KeyQ'), 0x71);
  assert.equal(keySymbol('Digit7'), 0x37);
  assert.equal(keySymbol('AltRight'), 0xfe03);
});
