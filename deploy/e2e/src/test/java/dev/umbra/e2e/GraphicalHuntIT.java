// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e;

import static dev.umbra.e2e.Fixture.API;
import static dev.umbra.e2e.Fixture.TESTBED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.e2e.Operator.Hunt;
import dev.umbra.e2e.terminal.TenantShell;
import dev.umbra.e2e.vnc.Glyphs;
import dev.umbra.e2e.vnc.UsKeyboard;
import dev.umbra.e2e.vnc.VncClient;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The operator of the virtualized system is root in L1 and hunts for what a tenant types at its screen: as text, as the bytes a
 * keyboard sends for it, as the cells of a text mode that show it. With the shadow keyboard switched off the same hunt finds the
 * keys, so it is not blind.
 */
@Order(13)
class GraphicalHuntIT {
    private static final int SECRET = 12;
    private static final int KEYBOARD_PORT = 0x60;
    private static final int COMMAND_PORT = 0x64;
    private static final int FIRST_DISPLAY_PORT = 0x3b0;
    private static final int LAST_DISPLAY_PORT = 0x3df;
    private static final int RELEASED = 0x80;
    private static final char RELEASED_SET_TWO = 0xf0;
    private static final int TEXT = 0;
    private static final int SET_ONE = 1;

    /** Scan code set 2 by the codes of set 1 (IBM PS/2 Hardware Interface Technical Reference, "Keyboards"). */
    private static final int[] SET_TWO = {
        0x00, 0x76, 0x16, 0x1e, 0x26, 0x25, 0x2e, 0x36, 0x3d, 0x3e, 0x46, 0x45, 0x4e, 0x55, 0x66, 0x0d, 0x15, 0x1d,
                0x24,
        0x2d, 0x2c, 0x35, 0x3c, 0x43, 0x44, 0x4d, 0x54, 0x5b, 0x5a, 0x14, 0x1c, 0x1b, 0x23, 0x2b, 0x34, 0x33, 0x3b,
                0x42,
        0x4b, 0x4c, 0x52, 0x0e, 0x12, 0x5d, 0x1a, 0x22, 0x21, 0x2a, 0x32, 0x31, 0x3a
    };

    private static void claimKeyboard(String vm, boolean claimed) {
        for (int port : new int[] {KEYBOARD_PORT, COMMAND_PORT}) {
            assertThat(API.ask(
                                    "administrator",
                                    "PUT",
                                    "/vms/" + vm + "/ports",
                                    "{\"base\":" + port + ",\"count\":1,\"claimed\":" + claimed + "}")
                            .status())
                    .isEqualTo(204);
        }
    }

    /** Without the 9, whose code of set 1 would end a line of the operator's patterns. */
    private static String secret() {
        return Fixture.randomText(SECRET).replace('9', '8');
    }

    private static String bytes(String text, IntFunction<String> bytesOfKey) {
        return text.chars()
                .map(character -> UsKeyboard.number((char) character))
                .mapToObj(bytesOfKey)
                .collect(Collectors.joining());
    }

    /** What the secret looks like, wherever it may turn up. */
    private static String[] patterns(String secret) {
        return new String[] {
            secret,
            bytes(secret, key -> "" + (char) key + (char) (key | RELEASED)),
            bytes(secret, key -> "" + (char) SET_TWO[key] + RELEASED_SET_TWO + (char) SET_TWO[key]),
            secret.chars().mapToObj(character -> (char) character + "\u0007").collect(Collectors.joining())
        };
    }

    /** Has a secret typed at the screen, where it shows, and proves by its checksum there that it has come in. */
    private static String typeSecret(TextConsole console, Consumer<String> keyboard) {
        String secret = secret();
        console.start("echo r''eady; read -r s; printf %s \"$s\" | sha256sum", "ready");
        keyboard.accept(secret + "\n");
        console.await(Fixture.sha256(secret.getBytes(StandardCharsets.US_ASCII)));
        return secret;
    }

    private static void assertNothingFound(Hunt hunt) {
        assertThat(hunt.traced()).as("secret in the trace of kvm_pio").isEmpty();
        assertThat(hunt.portsTraced())
                .as("ports in the trace")
                .doesNotContain(KEYBOARD_PORT, COMMAND_PORT)
                .doesNotContainAnyElementsOf(IntStream.rangeClosed(FIRST_DISPLAY_PORT, LAST_DISPLAY_PORT)
                        .boxed()
                        .toList());
        assertThat(hunt.inProcessMemory()).as("secret in QEMU's memory").isEmpty();
        assertThat(hunt.bytesSearched()).isGreaterThan(10 << 20);
    }

    private static Hunt huntWhileTyping(String vm, VncClient client, Glyphs glyphs) {
        try (Operator operator = new Operator(TESTBED, vm)) {
            operator.startTracing();
            TextConsole console = new TextConsole(Viewer.over(client), glyphs, vm);
            console.logIn();
            Hunt hunt = operator.hunt(patterns(typeSecret(console, client::type)));
            console.keep("hunt-" + vm);
            console.logOut();
            return hunt;
        }
    }

    @ParameterizedTest
    @Order(1)
    @MethodSource("dev.umbra.e2e.Fixture#vms")
    void test_operatorHunt_shadowKeyboardOn_findsNothing(String vm) {
        try (VncClient client = VncClient.connect(TESTBED, vm)) {
            Hunt hunt = huntWhileTyping(vm, client, TextConsole.learn(Viewer.over(client), vm));
            assertNothingFound(hunt);
            assertThat(hunt.inTenantMemory())
                    .as("what the same search finds when it is let into the tenant's own RAM")
                    .contains(TEXT);
        }
    }

    @Test
    @Order(2)
    void test_operatorHunt_shadowKeyboardOff_findsTheKeys() {
        String vm = "tenant-a";
        try (Operator operator = new Operator(TESTBED, vm);
                VncClient client = VncClient.connect(TESTBED, vm)) {
            TextConsole console = new TextConsole(Viewer.over(client), TextConsole.learn(Viewer.over(client), vm), vm);
            console.logIn();
            operator.startTracing();
            try {
                Hunt hunt = operator.hunt(patterns(typeSecret(console, text -> {
                    claimKeyboard(vm, false);
                    asRoot(vm, "program-keyboard");
                    operator.typeOnKeyboard(text);
                })));
                assertThat(hunt.portsTraced()).contains(KEYBOARD_PORT);
                assertThat(hunt.traced()).as("keys in the trace").contains(SET_ONE);
                assertThat(hunt.inProcessMemory())
                        .as("keys in QEMU's memory, where its keyboard queues them")
                        .contains(SET_ONE);
            } finally {
                claimKeyboard(vm, true);
            }
            console.logOut();
        }
    }

    private static void asRoot(String vm, String command) {
        try (TenantShell root = Fixture.overSecondPort(vm)) {
            root.run(command).succeeded();
            root.logout(vm);
        }
    }

    @Test
    @Order(3)
    void test_operatorHunt_shadowKeyboardOnAgain_findsNothing() {
        String vm = "tenant-a";
        try (VncClient client = VncClient.connect(TESTBED, vm)) {
            assertNothingFound(huntWhileTyping(vm, client, TextConsole.learn(Viewer.over(client), vm)));
        }
    }
}
