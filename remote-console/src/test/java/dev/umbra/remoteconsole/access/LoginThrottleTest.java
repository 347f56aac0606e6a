// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LoginThrottleTest {
    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
    private final LoginThrottle throttle = new LoginThrottle(2, Duration.ofNanos(10), now::get);

    @Test
    void test_subject_waits_after_too_many_failures_until_the_window_is_over() {
        throttle.failed("a");
        assertThat(throttle.permits("a")).isTrue();
        throttle.failed("a");

        assertThat(throttle.permits("a")).isFalse();
        assertThat(throttle.permits("b")).isTrue();
        now.addAndGet(10);
        assertThat(throttle.permits("a")).isTrue();
    }

    @Test
    void test_success_forgives() {
        throttle.failed("a");
        throttle.succeeded("a");
        throttle.failed("a");

        assertThat(throttle.permits("a")).isTrue();
    }

    @Test
    void test_memory_is_bounded_and_the_latest_is_remembered() {
        for (int subject = 0; subject < 50_000; subject++) {
            throttle.failed("s" + subject);
            throttle.failed("s" + subject);
        }

        assertThat(throttle.permits("s0")).isTrue();
        assertThat(throttle.permits("s49999")).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"192.0.2.7, 192.0.2.7", "2001:db8:1:2:3:4:5:6, 2001:db8:1:2:0:0:0:0/64"})
    void test_address_is_cut_to_what_one_client_cannot_choose(String address, String expected) throws Exception {
        assertThat(ClientAddress.of(InetAddress.getByName(address))).isEqualTo(expected);
    }

    @Test
    void test_user_name_says_machine_and_role() {
        assertThat(ConsoleUserName.parse("web-1.example")).contains(new ConsoleUserName("web-1.example", false));
        assertThat(ConsoleUserName.parse("web+view")).contains(new ConsoleUserName("web", true));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "+view", "web+root", "web view", "-web", "web\n", "w\u00e9b"})
    void test_what_names_no_machine_is_refused(String userName) {
        assertThat(ConsoleUserName.parse(userName)).isEmpty();
    }
}
