// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WebhookTest {
    private static final String SECRET = "0123456789abcdef0123456789abcdef";

    private record Received(String path, String signature, String delivery, String body) {}

    private final List<Received> received = new ArrayList<>();
    private int answer = 204;
    private HttpServer server;
    private Webhook webhook;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            received.add(new Received(
                    exchange.getRequestURI().getPath(),
                    exchange.getRequestHeaders().getFirst(Webhook.SIGNATURE),
                    exchange.getRequestHeaders().getFirst(Webhook.DELIVERY),
                    new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)));
            exchange.getResponseHeaders().set("Location", "/elsewhere");
            exchange.sendResponseHeaders(answer, -1);
            exchange.close();
        });
        server.start();
        webhook = new Webhook(
                URI.create("http://localhost:" + server.getAddress().getPort() + "/hook"),
                SECRET,
                Duration.ofSeconds(10),
                Optional.empty(),
                () -> Instant.ofEpochSecond(1_772_366_400));
    }

    @AfterEach
    void stop() {
        webhook.close();
        server.stop(0);
    }

    @Test
    void line_is_posted_with_a_signature_the_receiver_can_check() throws Exception {
        webhook.deliver(TestEvents.event("k"), "{\"a\":1}");

        Received request = received.getFirst();
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(SECRET.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        String expected =
                HexFormat.of().formatHex(mac.doFinal("1772366400.{\"a\":1}".getBytes(StandardCharsets.UTF_8)));
        assertThat(request.path()).isEqualTo("/hook");
        assertThat(request.body()).isEqualTo("{\"a\":1}");
        assertThat(request.signature()).isEqualTo("t=1772366400,v1=" + expected);
    }

    @Test
    void repeated_delivery_keeps_its_name_and_another_event_has_another() throws Exception {
        SecurityEvent event = TestEvents.event("k");
        webhook.deliver(event, "{}");
        webhook.deliver(event, "{}");
        webhook.deliver(TestEvents.event("k"), "{}");

        assertThat(received.get(1).delivery()).isEqualTo(received.get(0).delivery());
        assertThat(received.get(2).delivery()).isNotEqualTo(received.get(0).delivery());
    }

    @Test
    void redirection_is_not_followed_and_final() {
        answer = 307;

        assertThatThrownBy(() -> webhook.deliver(TestEvents.event("k"), "{}"))
                .isInstanceOf(EventSink.UndeliverableException.class);
        assertThat(received).extracting(Received::path).containsExactly("/hook");
    }

    @ParameterizedTest
    @ValueSource(ints = {408, 429, 500, 503})
    void passing_trouble_is_worth_another_attempt(int status) {
        answer = status;

        assertThatThrownBy(() -> webhook.deliver(TestEvents.event("k"), "{}"))
                .isInstanceOf(IOException.class)
                .isNotInstanceOf(EventSink.UndeliverableException.class);
    }

    @Test
    void receiver_that_is_gone_is_worth_another_attempt() {
        server.stop(0);

        assertThatThrownBy(() -> webhook.deliver(TestEvents.event("k"), "{}"))
                .isInstanceOf(IOException.class)
                .isNotInstanceOf(EventSink.UndeliverableException.class);
    }

    @Test
    void secret_is_not_shown() {
        EventProperties.Webhook configured = new EventProperties.Webhook(
                URI.create("https://siem.example/hook"), SECRET, Duration.ofSeconds(1), null);

        assertThat(configured.toString()).doesNotContain(SECRET);
    }

    @Test
    void plain_http_is_for_this_machine_alone() {
        assertThatThrownBy(() -> new EventProperties.Webhook(
                        URI.create("http://siem.example/hook"), SECRET, Duration.ofSeconds(1), null))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatCode(() -> new EventProperties.Webhook(
                        URI.create("http://localhost:8080/"), SECRET, Duration.ofSeconds(1), null))
                .doesNotThrowAnyException();
    }
}
