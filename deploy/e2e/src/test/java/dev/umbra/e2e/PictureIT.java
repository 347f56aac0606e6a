// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e;

import static dev.umbra.e2e.Fixture.TESTBED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.e2e.terminal.TenantShell;
import dev.umbra.e2e.terminal.Transcript.Found;
import dev.umbra.e2e.vnc.Encoding;
import dev.umbra.e2e.vnc.Picture;
import dev.umbra.e2e.vnc.PixelFormat;
import dev.umbra.e2e.vnc.VncClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Clients of each encoding and pixel format watch pictures that change, and show in the end, pixel by pixel, the one whose checksum
 * the tenant tells over its other serial port.
 */
@Order(12)
class PictureIT {
    private static final String VM = "tenant-a";
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final int FRAMES = 8;
    private static final List<String> KINDS = List.of("pattern", "window", "text", "random");
    private static final Pattern FRAME = Pattern.compile("frame 1280 800 ([0-9a-f]{8})\r?\n");
    private static final List<PixelFormat> FORMATS = List.of(
            PixelFormat.XRGB,
            PixelFormat.BGRX_BIG_ENDIAN,
            PixelFormat.DEEP,
            PixelFormat.RGB565,
            PixelFormat.RGB555_BIG_ENDIAN,
            PixelFormat.BGR233);

    @ParameterizedTest
    @Order(1)
    @EnumSource(names = {"RAW", "HEXTILE", "ZRLE", "TIGHT", "TIGHT_PNG"})
    void test_picture_ofEachFormat_isTheTenants(Encoding encoding) {
        List<VncClient> clients = new ArrayList<>();
        try (TenantShell root = Fixture.overSecondPort(VM)) {
            for (PixelFormat format : FORMATS) {
                clients.add(
                        VncClient.connect(TESTBED, VM, VM + "+view", List.of(encoding, Encoding.COPY_RECT), format));
            }
            int seed = 1;
            for (String kind : KINDS) {
                showAndCompare(root, kind, seed++, clients);
            }
            assertThat(clients)
                    .allSatisfy(client -> assertThat(client.rectangles(encoding))
                            .as("rectangles in %s", encoding)
                            .isPositive());
            root.logout(VM);
        } finally {
            clients.forEach(VncClient::close);
        }
    }

    private static void showAndCompare(TenantShell root, String kind, int seed, List<VncClient> clients) {
        String command = "test-pattern " + kind + " " + FRAMES + " " + seed;
        Found frame = root.transcript().await(FRAME, root.start(command), PATIENCE);
        try {
            long checksum = Long.parseLong(frame.group(), 16);
            Picture shown = clients.getFirst()
                    .await(kind + " is shown as the tenant drew it", PATIENCE, now -> now.checksum() == checksum);
            TextConsole.keep(shown, "picture-" + kind);
            for (int index = 1; index < clients.size(); index++) {
                PixelFormat format = FORMATS.get(index);
                Picture expected = shown.mapped(format::nearest);
                clients.get(index)
                        .await(kind + " is shown in " + format, PATIENCE, now -> now.differences(expected) == 0);
            }
        } finally {
            root.terminal().type("\r");
            root.awaitPrompt(frame.end(), TenantShell.PATIENCE);
        }
    }

    @Test
    @Order(2)
    void test_scrolledText_isCopiedWhereItIs() {
        try (TenantShell root = Fixture.overSecondPort(VM);
                VncClient client = VncClient.connect(TESTBED, VM)) {
            showAndCompare(root, "text", 9, List.of(client));
            assertThat(client.rectangles(Encoding.COPY_RECT)).isPositive();
            root.logout(VM);
        }
    }
}
