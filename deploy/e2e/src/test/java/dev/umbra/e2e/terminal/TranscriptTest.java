// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e.terminal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class TranscriptTest {
    private static final Duration SOON = Duration.ofMillis(50);
    private static final Duration LATER = Duration.ofSeconds(10);

    private final Transcript transcript = new Transcript();

    private void print(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        transcript.append(bytes, 0, bytes.length);
    }

    @Test
    void test_await_textInPieces_isFound() {
        Thread.ofVirtual().start(() -> {
            print("abc lo");
            print("gin: ");
        });
        assertThat(transcript.await("login: ", 0, LATER).end()).isEqualTo(11);
    }

    @Test
    void test_await_textBeforeStart_isNotFound() {
        print("login: ");
        assertThatThrownBy(() -> transcript.await("login: ", 1, SOON))
                .isInstanceOf(Transcript.NotFoundException.class)
                .hasMessageContaining("ogin: ");
    }

    @Test
    void test_await_group_isReturned() {
        print("\u00ffstatus 42\r\n");
        Transcript.Found found = transcript.await(Pattern.compile("status (\\d+)\r\n"), 0, SOON);
        assertThat(found.group()).isEqualTo("42");
        assertThat(found.end()).isEqualTo(transcript.length());
    }

    @Test
    void test_await_endOfConsole_fails() {
        print("half");
        transcript.end("gone");
        assertThatThrownBy(() -> transcript.await("whole", 0, LATER)).hasMessageContaining("gone");
    }

    @Test
    void test_append_muchMoreThanRoom_keepsAll() {
        byte[] piece = new byte[70_000];
        for (int i = 0; i < 20; i++) {
            transcript.append(piece, 0, piece.length);
        }
        transcript.awaitLength(1_400_000, SOON);
        assertThat(transcript.bytes(0, 1_400_000)).hasSize(1_400_000);
    }

    @Test
    void test_awaitSilence_chatter_fails() {
        Thread chatter = Thread.ofVirtual().start(() -> {
            while (!Thread.currentThread().isInterrupted()) {
                print("x");
                Thread.onSpinWait();
                try {
                    Thread.sleep(2);
                } catch (InterruptedException stopped) {
                    return;
                }
            }
        });
        assertThatThrownBy(() -> transcript.awaitSilence(LATER, Duration.ofMillis(200)))
                .isInstanceOf(Transcript.NotFoundException.class);
        chatter.interrupt();
    }
}
