// SPDX-License-Identifier: Apache-2.0

// The terminal: xterm.js, fitted to its element, fed with bytes so that a character cut in two by a message is still one.

import { FitAddon } from '@xterm/addon-fit';
import { Terminal } from '@xterm/xterm';

const THEMES = {
  dark: { background: '#10141f', foreground: '#e6eaf5', cursor: '#7aa2f7', selectionBackground: '#3a4a74' },
  light: { background: '#ffffff', foreground: '#1a2133', cursor: '#2456c8', selectionBackground: '#b9ccf5', white: '#5c657d', brightWhite: '#3b4358', yellow: '#8a5a00', brightYellow: '#8a5a00' },
};

// Questions a program asks the terminal. They are answered for the program that asks now, not once more when its question is
// replayed from the scroll-back: the answers would be typed into whatever runs today.
const QUESTIONS = {
  csi: [
    { final: 'c' },
    { prefix: '>', final: 'c' },
    { prefix: '=', final: 'c' },
    { final: 'n' },
    { prefix: '?', final: 'n' },
    { intermediates: '$', final: 'p' },
    { prefix: '?', intermediates: '$', final: 'p' },
    { prefix: '>', final: 'q' },
    { final: 't' },
  ],
  dcs: [{ intermediates: '$', final: 'q' }, { intermediates: '+', final: 'q' }],
  osc: [4, 10, 11, 12, 52],
};

export function createTerminal(element) {
  const terminal = new Terminal({
    allowProposedApi: false,
    cursorBlink: true,
    fontFamily: 'ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace',
    fontSize: 14,
    scrollback: 20_000,
  });
  const fit = new FitAddon();
  terminal.loadAddon(fit);
  terminal.open(element);
  fit.fit();
  new ResizeObserver(() => fit.fit()).observe(element);

  let replaying = false;
  const mute = () => replaying;
  QUESTIONS.csi.forEach((id) => terminal.parser.registerCsiHandler(id, mute));
  QUESTIONS.dcs.forEach((id) => terminal.parser.registerDcsHandler(id, mute));
  QUESTIONS.osc.forEach((id) => terminal.parser.registerOscHandler(id, mute));

  return {
    terminal,

    /** Shows bytes; those of the past are not allowed to make the terminal answer. */
    write(bytes, past) {
      terminal.write(bytes.subarray(0, 0), () => {
        replaying = past;
      });
      terminal.write(bytes);
    },

    setTheme(name) {
      terminal.options.theme = THEMES[name];
    },

    /** All text the terminal holds, scroll-back included, without trailing blank lines. */
    text() {
      const buffer = terminal.buffer.active;
      let text = '';
      for (let index = 0; index < buffer.length; index++) {
        const line = buffer.getLine(index);
        const wraps = buffer.getLine(index + 1)?.isWrapped ?? false;
        text += line.translateToString(!wraps) + (wraps ? '' : '\n');
      }
      return text.trimEnd();
    },
  };
}
