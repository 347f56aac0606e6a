// SPDX-License-Identifier: Apache-2.0
package dev.umbra.ultracall.link;

import static dev.umbra.ultracall.link.LinkRecorder.HELLO;
import static dev.umbra.ultracall.link.LinkRecorder.await;
import static dev.umbra.ultracall.link.LinkRecorder.decode;
import static dev.umbra.ultracall.link.LinkRecorder.encode;
import static dev.umbra.ultracall.link.LinkRecorder.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.umbra.ultracall.Frame;
import dev.umbra.ultracall.FrameHeader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class DeviceFileLinkTest {
    private final LinkedBlockingQueue<SocketPair> opened = new LinkedBlockingQueue<>();
    private final List<SocketPair> pairs = new ArrayList<>();
    private DeviceFileLink link;
    private LinkRecorder service;

    @BeforeEach
    void start() throws IOException {
        link = new DeviceFileLink(() -> {
            SocketPair pair = new SocketPair();
            opened.add(pair);
            return pair.device;
        });
        service = new LinkRecorder(link);
        link.start(service);
    }

    @AfterEach
    void stop() {
        link.close();
        pairs.forEach(SocketPair::close);
    }

    @Test
    void framesPassBothWaysAndABatchIsAcknowledgedOnce() throws Exception {
        SocketPair device = attached();
        device.send(encode(write(1, 'a'), write(2, 'b')));

        assertThat(frames(device)).containsExactly(new Frame.Acknowledge(new FrameHeader(2, 1, 1, 0)));
        assertThat(service.frames).containsExactly(HELLO, write(1, 'a'), write(2, 'b'));
    }

    @Test
    void readThatCutsAFrameEndsTheConnection() throws Exception {
        SocketPair device = attached();
        device.send(java.util.Arrays.copyOf(encode(write(1, 'a')), 40));

        attached();
        assertThat(link.statistics().framesMalformed()).isEqualTo(1);
    }

    @Test
    void malformedFrameEndsTheConnection() throws Exception {
        SocketPair device = attached();
        device.send(new byte[64]);

        attached();
        assertThat(link.statistics().framesMalformed()).isEqualTo(1);
        await(() -> service.events.size() == 3);
    }

    @Test
    void closedDeviceIsOpenedAnew() throws Exception {
        SocketPair device = attached();
        device.close();
        pairs.remove(device);

        attached();
        assertThat(link.statistics().connections()).isEqualTo(2);
    }

    @Test
    void tasksWakeTheLoopAndTimersRunInOrder() throws Exception {
        attached();
        List<Integer> order = new ArrayList<>();
        CountDownLatch done = new CountDownLatch(1);
        link.execute(() -> {
            link.schedule(Duration.ofMillis(20), () -> {
                order.add(2);
                done.countDown();
            });
            link.schedule(Duration.ofMillis(5), () -> order.add(1));
        });
        assertThat(done.await(5, TimeUnit.SECONDS)).isTrue();
        assertThat(order).containsExactly(1, 2);
    }

    @Test
    void whatTheDeviceDoesNotTakeAtOnceIsSentLater() throws Exception {
        SocketPair device = attached();
        CountDownLatch written = new CountDownLatch(1);
        link.execute(() -> {
            for (int message = 0; message < 2000; message++) {
                link.output().acknowledge(message, 1, 1);
                link.flush();
            }
            written.countDown();
        });
        assertThat(written.await(5, TimeUnit.SECONDS)).isTrue();
        long next = 0;
        while (next < 2000) {
            for (Frame frame : frames(device)) {
                assertThat(frame.header().sequence()).isEqualTo(next++);
            }
        }
        assertThat(link.statistics().overflows()).isZero();
    }

    @Test
    void deviceThatTakesNothingEndsTheConnection() throws Exception {
        attached();
        link.execute(() -> {
            for (int message = 0; message < 50_000; message++) {
                link.output().acknowledge(message, 1, 1);
                link.flush();
            }
        });
        await(() -> link.statistics().failures() == 1 && link.statistics().framesDropped() > 0);
        attached();
    }

    @Test
    void missingDeviceIsWaitedFor() throws Exception {
        try (DeviceFileLink missing = new DeviceFileLink(Path.of("/dev/umbra-that-is-not-there"))) {
            missing.start(new LinkRecorder(missing));
            await(() -> missing.statistics().failures() >= 2);
        }
    }

    @Test
    void closedLinkTakesNoTasks() {
        link.close();
        assertThatThrownBy(() -> link.execute(() -> {})).isInstanceOf(RejectedExecutionException.class);
        link.close();
    }

    private SocketPair attached() throws InterruptedException {
        SocketPair device = opened.poll(5, TimeUnit.SECONDS);
        pairs.add(device);
        assertThat(frames(device)).first().isInstanceOf(Frame.Attach.class);
        int before = service.frames.size();
        device.send(encode(HELLO));
        await(() -> service.frames.size() == before + 1);
        return device;
    }

    private static List<Frame> frames(SocketPair device) {
        byte[] message = device.receive();
        return decode(message, message.length);
    }
}
