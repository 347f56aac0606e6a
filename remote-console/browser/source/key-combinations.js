// SPDX-License-Identifier: Apache-2.0

// Keys a browser or its window system keeps for itself. A combination is a list of keys, by the names browsers give to places on
// the keyboard; they go down in this order and up in the reverse one.

const KEY_SYMBOLS = {
  ControlLeft: 0xffe3,
  ControlRight: 0xffe4,
  ShiftLeft: 0xffe1,
  ShiftRight: 0xffe2,
  AltLeft: 0xffe9,
  AltRight: 0xfe03,
  MetaLeft: 0xffeb,
  ContextMenu: 0xff67,
  Delete: 0xffff,
  Backspace: 0xff08,
  Tab: 0xff09,
  Escape: 0xff1b,
  PrintScreen: 0xff61,
  Pause: 0xff13,
  Minus: 0x2d,
  BracketRight: 0x5d,
  IntlBackslash: 0x3c,
};

const functionKeys = (count) => Array.from({ length: count }, (_, index) => `F${index + 1}`);

const sysRq = (letter, text) => ({ text, keys: ['AltLeft', 'PrintScreen', `Key${letter}`] });

const altGr = (key, text) => ({ text, keys: ['AltRight', key] });

export const GROUPS = [
  {
    title: 'System',
    combinations: [
      { text: 'Ctrl Alt Del', keys: ['ControlLeft', 'AltLeft', 'Delete'] },
      { text: 'Ctrl Alt Backspace', keys: ['ControlLeft', 'AltLeft', 'Backspace'] },
      { text: 'Alt Tab', keys: ['AltLeft', 'Tab'] },
      { text: 'Ctrl Esc', keys: ['ControlLeft', 'Escape'] },
      { text: 'Esc', keys: ['Escape'] },
      { text: 'Super', keys: ['MetaLeft'] },
      { text: 'Menu', keys: ['ContextMenu'] },
      { text: 'Print', keys: ['PrintScreen'] },
      { text: 'Pause', keys: ['Pause'] },
    ],
  },
  {
    title: 'Switch to console',
    combinations: functionKeys(6).map((key) => ({ text: `Ctrl Alt ${key}`, keys: ['ControlLeft', 'AltLeft', key] })),
  },
  {
    title: 'Function keys with Alt',
    combinations: functionKeys(12).map((key) => ({ text: `Alt ${key}`, keys: ['AltLeft', key] })),
  },
  {
    title: 'SysRq (Linux)',
    combinations: [
      sysRq('H', 'Help'),
      sysRq('R', 'Keyboard back'),
      sysRq('S', 'Sync'),
      sysRq('U', 'Read-only'),
      sysRq('B', 'Restart at once'),
    ],
  },
  {
    title: 'AltGr with the key at',
    combinations: [
      altGr('KeyQ', 'Q'),
      altGr('KeyE', 'E'),
      altGr('Digit7', '7'),
      altGr('Digit8', '8'),
      altGr('Digit9', '9'),
      altGr('Digit0', '0'),
      altGr('Minus', '- (ß)'),
      altGr('BracketRight', '] (+)'),
      altGr('IntlBackslash', '<'),
    ],
  },
];

/** The X11 symbol of a key on a US keyboard, for servers that do not take places. */
export function keySymbol(code) {
  const [, functionKey] = code.match(/^F(\d+)$/) ?? [];
  const [, letter] = code.match(/^Key([A-Z])$/) ?? [];
  const [, digit] = code.match(/^Digit(\d)$/) ?? [];
  if (functionKey) {
    return 0xffbd + Number(functionKey);
  }
  return KEY_SYMBOLS[code] ?? (letter?.toLowerCase() ?? digit).charCodeAt(0);
}

/** Presses all keys of a combination and releases them; {@code send} takes symbol, place and whether it goes down. */
export function press(keys, send) {
  keys.forEach((code) => send(keySymbol(code), code, true));
  keys.toReversed().forEach((code) => send(keySymbol(code), code, false));
}
