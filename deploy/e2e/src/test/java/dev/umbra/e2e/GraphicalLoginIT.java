// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e;

import static dev.umbra.e2e.Fixture.TESTBED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.e2e.vnc.Glyphs;
import dev.umbra.e2e.vnc.VncClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A tenant logs in at the screen of its VM by VNC: what is typed goes in by the keyboard, what comes of it is read off the picture.
 * One VM has a frame buffer console, the other a text mode.
 */
@Order(10)
class GraphicalLoginIT {
    /** Below what a terminal takes as one line. */
    private static final int LONG_LINE = 1500;

    private static final Duration LONG_LINE_PATIENCE = Duration.ofMinutes(3);

    /** By VM, as no VM changes its font here. */
    private static final Map<String, Glyphs> GLYPHS = new HashMap<>();

    private static Glyphs glyphs(String vm) {
        return GLYPHS.computeIfAbsent(vm, unread -> {
            try (Viewer teacher = Viewer.over(VncClient.connect(TESTBED, vm))) {
                return TextConsole.learn(teacher, vm);
            }
        });
    }

    private static void logInAndLookAround(Viewer viewer, Glyphs glyphs, String vm, String client) {
        TextConsole console = new TextConsole(viewer, glyphs, vm);
        console.logIn();
        assertThat(console.run("hostname")).isEqualTo(vm);
        assertThat(console.run("tty")).isEqualTo("/dev/tty1");
        assertThat(console.run("echo $((6 * 7)) $(id -un)")).isEqualTo("42 " + TESTBED.user(vm));
        console.keep("screen-" + client + "-" + vm);
        console.logOut();
    }

    @ParameterizedTest
    @Order(1)
    @MethodSource("dev.umbra.e2e.Fixture#vms")
    void test_login_ownClient_runsCommandsOnTheRightHost(String vm) {
        Glyphs glyphs = glyphs(vm);
        try (Viewer viewer = Viewer.over(VncClient.connect(TESTBED, vm))) {
            assertThat(viewer.picture().width()).isEqualTo(vm.equals("tenant-a") ? 1280 : 720);
            assertThat(viewer.picture().height()).isEqualTo(vm.equals("tenant-a") ? 800 : 400);
            logInAndLookAround(viewer, glyphs, vm, "client");
        }
    }

    @ParameterizedTest
    @Order(4)
    @MethodSource("dev.umbra.e2e.Fixture#vms")
    void test_longLine_typedFasterThanTheKeyboardSends_arrivesWhole(String vm) {
        Glyphs glyphs = glyphs(vm);
        try (Viewer viewer = Viewer.over(VncClient.connect(TESTBED, vm))) {
            TextConsole console = new TextConsole(viewer, glyphs, vm);
            console.logIn();
            String line = Fixture.randomText(LONG_LINE);
            console.start("stty -echo; echo r''eady; read -r s; stty echo; printf %s \"$s\" | sha256sum", "ready");
            console.type(line + "\n");
            console.await(Fixture.sha256(line.getBytes(StandardCharsets.US_ASCII)), LONG_LINE_PATIENCE);
            console.logOut();
        }
    }

    @ParameterizedTest
    @Order(2)
    @MethodSource("dev.umbra.e2e.Fixture#vms")
    void test_login_tigerVnc_runsCommandsOnTheRightHost(String vm) {
        Glyphs glyphs = glyphs(vm);
        try (Viewer viewer = new TigerVnc(TESTBED, vm)) {
            logInAndLookAround(viewer, glyphs, vm, "tigervnc");
        }
    }

    @ParameterizedTest
    @Order(3)
    @MethodSource("dev.umbra.e2e.Fixture#vms")
    void test_login_noVncInBrowser_runsCommandsOnTheRightHost(String vm) {
        Glyphs glyphs = glyphs(vm);
        Browser browser = new Browser(TESTBED, "screen-" + vm);
        try (Viewer viewer = Viewer.over(browser)) {
            browser.signIn(TESTBED.owner(vm));
            browser.openScreen(vm);
            logInAndLookAround(viewer, glyphs, vm, "novnc");
            browser.screenshot("page");
        }
    }
}
