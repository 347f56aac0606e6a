// SPDX-License-Identifier: Apache-2.0
package dev.umbra.ultracall.link;

import static dev.umbra.ultracall.link.LinkRecorder.HELLO;
import static dev.umbra.ultracall.link.LinkRecorder.await;
import static dev.umbra.ultracall.link.LinkRecorder.encode;
import static dev.umbra.ultracall.link.LinkRecorder.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.umbra.ultracall.Frame;
import dev.umbra.ultracall.FrameHeader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class RelayedStreamLinkTest {
    @TempDir
    Path directory;

    private FakeRelay relay;
    private RelayedStreamLink link;
    private LinkRecorder service;

    @BeforeEach
    void start() throws IOException {
        Path socket = directory.resolve("l0.sock");
        relay = new FakeRelay(socket);
        link = new RelayedStreamLink(new RelayedStreamConfiguration(
                socket,
                Duration.ofMillis(100),
                Duration.ofMillis(10),
                Duration.ofMillis(100),
                Duration.ofMillis(300),
                Duration.ofMillis(1500),
                1 << 20));
        service = new LinkRecorder(link);
        link.start(service);
    }

    @AfterEach
    void stop() throws IOException {
        link.close();
        relay.close();
    }

    @Test
    void framesPassBothWaysAndABatchIsAcknowledgedOnce() throws IOException {
        relay.greet();
        relay.send(encode(write(1, 'a'), write(2, 'b'), write(3, 'c')));

        assertThat(relay.frame()).isEqualTo(new Frame.Acknowledge(new FrameHeader(3, 1, 1, 0)));
        assertThat(service.frames).containsExactly(HELLO, write(1, 'a'), write(2, 'b'), write(3, 'c'));
        assertThat(link.statistics().framesReceived()).isEqualTo(4);
    }

    @Test
    void everythingBeforeTheAnswerIsDiscarded() throws IOException {
        relay.accept();
        relay.send(encode(HELLO, write(7, 'x')));
        byte[] preamble = relay.preamble();
        byte[] stale = preamble.clone();
        stale[20] ^= 1;
        relay.send(stale);
        relay.send(preamble, 0, 20);
        relay.send(preamble, 0, 9);
        relay.send(preamble);
        assertThat(relay.frame()).isInstanceOf(Frame.Attach.class);
        relay.send(encode(HELLO, write(1, 'a')));

        await(() -> service.frames.size() == 2);
        assertThat(service.frames).containsExactly(HELLO, write(1, 'a'));
        assertThat(link.statistics().bytesDiscarded()).isGreaterThan(100);
    }

    @Test
    void preambleIsRepeatedAndOnlyTheLastAnswerCounts() throws IOException {
        relay.accept();
        byte[] first = relay.preamble();
        byte[] second = relay.preamble();
        assertThat(first).isNotEqualTo(second);
        relay.send(first);
        relay.send(second);
        assertThat(relay.frame()).isInstanceOf(Frame.Attach.class);
    }

    @Test
    void framesArriveInPieces() throws IOException {
        relay.greet();
        byte[] bytes = encode(write(1, 'a'), write(2, 'b'));
        for (int at = 0; at < bytes.length; at += 5) {
            relay.send(bytes, at, Math.min(bytes.length, at + 5));
        }
        await(() -> service.frames.size() == 3);
        assertThat(service.frames).containsExactly(HELLO, write(1, 'a'), write(2, 'b'));
    }

    @Test
    void malformedFrameEndsTheConnectionAndIsCounted() throws IOException {
        relay.greet();
        relay.send(encode(write(1, 'a')));
        relay.send(new byte[64]);

        relay.greet();
        await(() -> service.frames.size() == 3);
        assertThat(link.statistics().framesMalformed()).isEqualTo(1);
        assertThat(service.events.get(1)).startsWith("disconnected: malformed frame");
        assertThat(service.events).hasSize(3);
    }

    @Test
    void firstFrameHasToBeAHelloThatCanBeSpoken() throws IOException {
        relay.accept();
        relay.send(relay.preamble());
        relay.frame();
        relay.send(encode(
                new Frame.Hello(FrameHeader.NONE, 2, 0, HELLO.vendor(), HELLO.instance(), 256, HELLO.maximumFrame())));
        relay.accept();
        relay.send(relay.preamble());
        relay.frame();
        relay.send(encode(write(1, 'a')));

        relay.greet();
        await(() -> service.frames.size() == 1);
        assertThat(service.events.get(1)).contains("version 2.0");
        assertThat(service.events.get(3)).contains("PORT_WRITE, not HELLO");
    }

    @Test
    void hangUpIsFollowedByANewConnection() throws IOException {
        relay.greet();
        await(() -> service.frames.size() == 1);
        relay.hangUp();
        relay.greet();
        await(() -> service.frames.size() == 2);
        assertThat(link.statistics().connections()).isEqualTo(2);
    }

    @Test
    void silentRelayIsProbedAndThenGivenUp() throws IOException {
        relay.greet();
        assertThat(relay.frame()).isInstanceOf(Frame.ReadCounters.class);
        relay.greet();
        await(() -> service.events.contains("disconnected: L0 is silent"));
    }

    @Test
    void peerThatDoesNotReadEndsTheConnectionAndMemoryStaysBounded() throws Exception {
        relay.greet();
        await(() -> service.frames.size() == 1);
        link.execute(() -> {
            for (int frame = 0; frame < 100_000; frame++) {
                link.output().acknowledge(frame, 1, 1);
            }
            link.flush();
        });
        await(() -> link.statistics().overflows() == 1);
        relay.greet();
    }

    @Test
    void tasksAndTimersRunOnTheLoop() throws Exception {
        CountDownLatch ran = new CountDownLatch(2);
        link.execute(() -> {
            assertThat(link.onLoop()).isTrue();
            ran.countDown();
        });
        link.schedule(Duration.ofMillis(5), ran::countDown);
        assertThat(ran.await(5, TimeUnit.SECONDS)).isTrue();
        link.close();
        assertThatThrownBy(() -> link.execute(ran::countDown)).isInstanceOf(RejectedExecutionException.class);
    }

    @Test
    void framesWrittenWithoutAConnectionAreDroppedAndCounted() {
        link.execute(() -> {
            link.output().acknowledge(1, 1, 1);
            link.flush();
        });
        await(() -> link.statistics().framesDropped() == 1);
    }

    @Test
    void defaultsAreThoseOfTheContract() {
        RelayedStreamConfiguration defaults = RelayedStreamConfiguration.defaults(directory);
        assertThat(defaults.preambleInterval()).isEqualTo(Duration.ofMillis(500));
        assertThat(defaults.firstPause()).isEqualTo(Duration.ofMillis(250));
        assertThat(defaults.longestPause()).isEqualTo(Duration.ofSeconds(2));
        assertThat(defaults.probeAfter()).isEqualTo(Duration.ofSeconds(2));
        assertThat(defaults.silenceLimit()).isEqualTo(Duration.ofSeconds(10));
        assertThat(defaults.outboundLimit()).isEqualTo(4 << 20);
    }
}
