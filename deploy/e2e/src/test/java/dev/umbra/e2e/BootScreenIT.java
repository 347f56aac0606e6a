// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e;

import static dev.umbra.e2e.Fixture.TESTBED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.e2e.terminal.TenantShell;
import dev.umbra.e2e.vnc.Glyphs;
import dev.umbra.e2e.vnc.Picture;
import dev.umbra.e2e.vnc.VncClient;
import java.time.Duration;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** One VNC session sees a VM start: the text screens of firmware and loader, then the console in graphics, then somebody logs in. */
@Order(14)
class BootScreenIT {
    private static final String VM = "tenant-a";
    private static final String TEXT_MODE_VM = "tenant-b";
    private static final Duration BOOT = Duration.ofMinutes(3);

    /** The firmware's font is the one that a VM in text mode still has. */
    private static Glyphs firmwareGlyphs() {
        try (VncClient client = VncClient.connect(TESTBED, TEXT_MODE_VM)) {
            return TextConsole.learn(Viewer.over(client), TEXT_MODE_VM);
        }
    }

    @Test
    void test_reboot_watched_showsFirmwareLoaderAndGraphicsWithoutAGap() {
        Glyphs firmware = firmwareGlyphs();
        try (VncClient client = VncClient.connect(TESTBED, VM)) {
            Glyphs console = TextConsole.learn(Viewer.over(client), VM);
            try (TenantShell root = Fixture.overSecondPort(VM)) {
                root.start("reboot -f");
                Picture seen = client.await(
                        "the firmware's text is shown",
                        BOOT,
                        picture ->
                                picture.width() == 720 && firmware.text(picture).contains("SeaBIOS"));
                TextConsole.keep(seen, "boot-firmware");
                assertThat(seen.height()).isEqualTo(400);
            }
            Picture loader = client.await(
                    "the loader's menu is shown",
                    BOOT,
                    picture -> picture.width() == 720
                            && firmware.text(picture).contains("GNU GRUB")
                            && firmware.text(picture).contains("Debian GNU/Linux"));
            TextConsole.keep(loader, "boot-loader");
            Picture graphics = client.await(
                    "the console in graphics asks for a login",
                    BOOT,
                    picture -> picture.width() == 1280 && console.text(picture).endsWith(VM + " login:"));
            TextConsole.keep(graphics, "boot-graphics");
            assertThat(graphics.height()).isEqualTo(800);
            TextConsole screen = new TextConsole(Viewer.over(client), console, VM);
            screen.logIn();
            assertThat(screen.run("hostname")).isEqualTo(VM);
            screen.logOut();
        }
    }
}
