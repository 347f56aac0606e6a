// SPDX-License-Identifier: Apache-2.0

import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { RefusedError } from '../source/appliance.js';
import { SerialConnection } from '../source/serial-connection.js';

class FakeSocket extends EventTarget {
  readyState = 1;
  bufferedAmount = 0;
  sent = [];

  send(data) {
    this.sent.push(data);
  }

  close(code) {
    this.drop(code);
  }

  drop(code) {
    this.readyState = 3;
    this.dispatchEvent(Object.assign(new Event('close'), { code }));
  }

  say(message) {
    this.#deliver(JSON.stringify(message));
  }

  output(...bytes) {
    this.#deliver(new Uint8Array(bytes).buffer);
  }

  #deliver(data) {
    this.dispatchEvent(Object.assign(new Event('message'), { data }));
  }
}

const HELLO = { type: 'hello', vm: 'web', role: 'writer', mayWrite: true, stream: 'a', offset: 100, head: 110, ringSize: 1048576 };

async function connect(t) {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  t.after(() => mock.timers.reset());
  const sockets = [];
  const asked = [];
  const clock = { now: () => clock.time, time: 0 };
  const connection = new SerialConnection(async (position, role) => {
    asked.push({ position: position && { ...position }, role });
    sockets.push(new FakeSocket());
    return sockets.at(-1);
  }, clock);
  const events = [];
  for (const type of ['state', 'hello', 'output', 'role', 'lost', 'notice', 'latency']) {
    connection.addEventListener(type, ({ detail }) => events.push({ type, ...detail }));
  }
  await connection.open();
  sockets[0].say(HELLO);
  return { connection, sockets, asked, events, clock };
}

async function settle() {
  for (let turn = 0; turn < 10; turn++) {
    await Promise.resolve();
  }
}

test('begins with all of the scroll-back, as the writer', async (t) => {
  const { asked, events } = await connect(t);
  assert.deepEqual(asked, [{ position: null, role: 'writer' }]);
  assert.equal(events.find(({ type }) => type === 'hello').restarted, true);
});

test('comes back with the offset of the next byte', async (t) => {
  const { sockets, asked, events } = await connect(t);
  sockets[0].output(1, 2, 3);
  sockets[0].drop(1006);
  mock.timers.tick(1000);
  await settle();
  assert.deepEqual(asked[1], { position: { stream: 'a', offset: 103 }, role: 'writer' });
  sockets[1].say({ ...HELLO, offset: 103 });
  assert.equal(events.findLast(({ type }) => type === 'hello').restarted, false);
});

test('starts over when the virtual machine was made anew', async (t) => {
  const { sockets, events } = await connect(t);
  sockets[0].drop(4000);
  mock.timers.tick(1000);
  await settle();
  sockets[1].say({ ...HELLO, stream: 'b', offset: 0 });
  assert.equal(events.findLast(({ type }) => type === 'hello').restarted, true);
});

test('does not take the line back by reconnecting', async (t) => {
  const { sockets, asked } = await connect(t);
  sockets[0].say({ type: 'role', role: 'viewer', by: 'somebody' });
  sockets[0].drop(1006);
  mock.timers.tick(1000);
  await settle();
  assert.equal(asked[1].role, 'viewer');
});

test('continues behind what is lost', async (t) => {
  const { connection, sockets } = await connect(t);
  sockets[0].say({ type: 'lost', offset: 100, length: 50 });
  sockets[0].output(1);
  assert.equal(connection.offset, 151);
});

test('types only as the writer, in messages of bounded size', async (t) => {
  const { connection, sockets } = await connect(t);
  sockets[0].sent.length = 0;
  assert.equal(connection.type(new Uint8Array(40_000)), true);
  assert.deepEqual(sockets[0].sent.map(({ length }) => length), [16384, 16384, 7232]);
  sockets[0].say({ type: 'role', role: 'viewer', by: 'somebody' });
  assert.equal(connection.type(new Uint8Array(1)), false);
});

test('measures the round trip', async (t) => {
  const { sockets, events, clock } = await connect(t);
  const { id } = JSON.parse(sockets[0].sent[0]);
  clock.time = 7;
  sockets[0].say({ type: 'pong', id });
  assert.deepEqual(events.at(-1), { type: 'latency', milliseconds: 7 });
});

test('gives a silent connection up and opens another', async (t) => {
  const { sockets, asked, clock } = await connect(t);
  clock.time = 20_000;
  mock.timers.tick(5_000);
  assert.equal(sockets[0].readyState, 3);
  mock.timers.tick(1_000);
  await settle();
  assert.equal(asked.length, 2);
});

test('stops when the appliance refuses', async () => {
  const states = [];
  const connection = new SerialConnection(async () => {
    throw new RefusedError('not yours');
  });
  connection.addEventListener('state', ({ detail }) => states.push(detail));
  await connection.open();
  assert.deepEqual(states.at(-1), { state: 'ended', text: 'not yours' });
});
