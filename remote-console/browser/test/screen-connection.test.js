// SPDX-License-Identifier: Apache-2.0

import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { RefusedError } from '../source/appliance.js';
import { ScreenConnection } from '../source/screen-connection.js';

class FakeSocket extends EventTarget {
  readyState = 1;
  protocol = 'binary';
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
    this.deliver(JSON.stringify(message));
  }

  deliver(data) {
    this.dispatchEvent(Object.assign(new Event('message'), { data }));
  }
}

const HELLO = { type: 'hello', vm: 'web', role: 'writer', mayWrite: true };

async function connect(t) {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  t.after(() => mock.timers.reset());
  const sockets = [];
  const roles = [];
  const channels = [];
  const clock = { now: () => clock.time, time: 0 };
  const connection = new ScreenConnection(
    async (role) => {
      roles.push(role);
      sockets.push(new FakeSocket());
      return sockets.at(-1);
    },
    (channel) => {
      channels.push(channel);
      return { channel };
    },
    clock,
  );
  const events = [];
  for (const type of ['state', 'hello', 'role', 'leds', 'notTyped', 'latency']) {
    connection.addEventListener(type, ({ detail }) => events.push({ type, ...detail }));
  }
  await connection.open();
  sockets[0].say(HELLO);
  return { connection, sockets, roles, channels, events, clock };
}

test('RFB bytes go to the client, control messages do not', async (t) => {
  const { sockets, channels } = await connect(t);
  const received = [];
  channels[0].onmessage = ({ data }) => received.push(data);

  sockets[0].deliver(new Uint8Array([1, 2]).buffer);
  sockets[0].say({ type: 'leds', leds: 2 });

  assert.deepEqual(received.map((data) => [...new Uint8Array(data)]), [[1, 2]]);
});

test('the channel is what noVNC takes for one', async (t) => {
  const { channels } = await connect(t);
  const [channel] = channels;
  const names = [...Object.keys(channel), ...Object.getOwnPropertyNames(Object.getPrototypeOf(channel))];

  for (const name of ['send', 'close', 'binaryType', 'onerror', 'onmessage', 'onopen', 'protocol', 'readyState']) {
    assert.ok(names.includes(name), name);
  }
  assert.equal(channel.readyState, 1);
});

test('a take-over is told with who it was, and taken back', async (t) => {
  const { connection, sockets, events } = await connect(t);

  sockets[0].say({ type: 'role', role: 'viewer', by: 'VNC from 192.0.2.7' });
  assert.equal(connection.role, 'viewer');
  assert.equal(events.at(-1).by, 'VNC from 192.0.2.7');
  connection.takeOver();

  assert.deepEqual(JSON.parse(sockets[0].sent.at(-1)), { type: 'takeOver' });
});

test('the round trip is measured by pings', async (t) => {
  const { sockets, events, clock } = await connect(t);
  const { id } = JSON.parse(sockets[0].sent[0]);

  clock.time = 12;
  sockets[0].say({ type: 'pong', id });
  sockets[0].say({ type: 'pong', id: id - 1 });

  assert.deepEqual(events.filter(({ type }) => type === 'latency'), [{ type: 'latency', milliseconds: 12 }]);
});

test('characters that cannot be typed are told', async (t) => {
  const { sockets, events } = await connect(t);

  sockets[0].say({ type: 'notTyped', characters: 'äß' });

  assert.deepEqual(events.at(-1), { type: 'notTyped', characters: 'äß' });
});

test('a lost connection comes back with the role it had, and another RFB client', async (t) => {
  const { connection, sockets, roles, channels } = await connect(t);
  sockets[0].say({ type: 'role', role: 'viewer', by: 'somebody' });

  sockets[0].drop(1006);
  assert.equal(connection.rfb, null);
  mock.timers.tick(1_000);
  await Promise.resolve();
  await Promise.resolve();

  assert.deepEqual(roles, ['writer', 'viewer']);
  assert.equal(channels.length, 2);
  assert.equal(connection.rfb.channel, channels[1]);
});

test('a silent connection is given up', async (t) => {
  const { sockets, events, clock } = await connect(t);

  clock.time = 16_000;
  mock.timers.tick(2_000);

  assert.equal(sockets[0].readyState, 3);
  assert.equal(events.at(-1).state, 'waiting');
});

test('a refusal and a protocol error are final', async (t) => {
  const { sockets, events } = await connect(t);
  sockets[0].drop(1008);
  assert.equal(events.at(-1).state, 'ended');

  const refused = new ScreenConnection(() => Promise.reject(new RefusedError('not yours')), () => null);
  let text;
  refused.addEventListener('state', ({ detail }) => {
    text = detail.text;
  });
  await refused.open();
  assert.equal(text, 'not yours');
});
