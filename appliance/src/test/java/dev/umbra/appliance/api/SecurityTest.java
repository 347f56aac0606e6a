// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.appliance.RunningAppliance;
import dev.umbra.appliance.RunningAppliance.Answer;
import java.io.IOException;
import java.net.CookieManager;
import java.net.HttpCookie;
import java.net.Socket;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SecurityTest {
    private final RunningAppliance appliance = RunningAppliance.get();

    @Test
    void stranger_is_asked_to_sign_in() {
        Answer answer = appliance.get(null, "/api/v1/vms");

        assertThat(answer.status()).isEqualTo(401);
        assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(answer.header("WWW-Authenticate")).startsWith("Basic");
        assertThat(answer.code()).isEqualTo("authentication-required");
        assertThat(answer.json().path("category").asString()).isEqualTo("caller");
    }

    @Test
    void browser_is_not_challenged_for_basic_credentials() {
        Answer answer = appliance.send(HttpRequest.newBuilder(appliance.address("/api/v1/vms"))
                .header("Sec-Fetch-Site", "same-origin")
                .build());

        assertThat(answer.status()).isEqualTo(401);
        assertThat(answer.header("WWW-Authenticate")).isNull();
    }

    @Test
    void wrong_password_is_refused() {
        Answer answer = appliance.send(HttpRequest.newBuilder(appliance.address("/api/v1/vms"))
                .header("Authorization", RunningAppliance.basic("alice", "wrong"))
                .build());

        assertThat(answer.status()).isEqualTo(401);
        assertThat(answer.code()).isEqualTo("credentials-refused");
    }

    @Test
    void basic_credentials_make_no_session() {
        Answer answer = appliance.get("alice", "/api/v1/session");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.response().headers().allValues("Set-Cookie"))
                .noneMatch(cookie -> cookie.startsWith("__Host-umbra"));
    }

    @Test
    void credentials_sent_by_a_browser_need_the_token_too() {
        Answer answer = appliance.send(HttpRequest.newBuilder(appliance.address("/api/v1/vms"))
                .header("Authorization", RunningAppliance.basic("alice", RunningAppliance.PASSWORD))
                .header("Sec-Fetch-Site", "cross-site")
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"name\":\"forged\"}"))
                .build());

        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.code()).isEqualTo("csrf-refused");
    }

    @Test
    void page_signs_in_with_token_uses_its_session_and_signs_out() throws Exception {
        Page page = new Page();
        page.get("/login.html");

        HttpResponse<String> login = page.post("/login", form("alice", RunningAppliance.PASSWORD), true);
        HttpResponse<String> session = page.get("/api/v1/session");
        HttpResponse<String> forged = page.post("/api/v1/vms", "{\"name\":\"forged\"}", false);
        HttpResponse<String> logout = page.post("/logout", "", true);
        HttpResponse<String> after = page.get("/api/v1/session");

        assertThat(login.statusCode()).isEqualTo(204);
        assertThat(login.headers().allValues("Set-Cookie"))
                .anySatisfy(cookie -> assertThat(cookie)
                        .startsWith("__Host-umbra=")
                        .contains("HttpOnly", "Secure", "SameSite=Strict", "Path=/"));
        assertThat(session.body()).contains("\"account\":\"alice\"");
        assertThat(forged.statusCode()).isEqualTo(403);
        assertThat(logout.statusCode()).isEqualTo(204);
        assertThat(after.statusCode()).isEqualTo(401);
    }

    @Test
    void login_without_token_is_refused() throws Exception {
        Page page = new Page();

        assertThat(page.post("/login", form("alice", RunningAppliance.PASSWORD), false)
                        .statusCode())
                .isEqualTo(403);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/login.html", "/console/vm.html", "/api/v1/vms", "/nothing"})
    void every_answer_carries_the_security_headers(String path) {
        Answer answer = appliance.get(null, path);

        assertThat(answer.header("Strict-Transport-Security")).startsWith("max-age=31536000");
        assertThat(answer.header("X-Content-Type-Options")).isEqualTo("nosniff");
        assertThat(answer.header("X-Frame-Options")).isEqualTo("DENY");
        assertThat(answer.header("Referrer-Policy")).isEqualTo("no-referrer");
        assertThat(answer.header("Content-Security-Policy"))
                .contains("default-src 'none'", "script-src 'self';", "frame-ancestors 'none'")
                .doesNotContain("unsafe-eval");
        assertThat(answer.header("Server")).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "/, text/html",
        "/login.html, text/html",
        "/appliance.js, javascript",
        "/appliance.css, text/css",
        "/console/vm.html, text/html",
        "/console/vm.js, javascript",
        "/console/player.html, text/html",
        "/console/colours.css, text/css"
    })
    void pages_are_served_to_anybody(String path, String type) {
        Answer answer = appliance.get(null, path);

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("Content-Type")).contains(type);
    }

    @Test
    void pages_have_no_inline_script_or_style() {
        for (String path : List.of("/", "/login.html", "/console/vm.html", "/console/player.html")) {
            String page = new String(appliance.get(null, path).response().body(), StandardCharsets.UTF_8);
            assertThat(page).doesNotContainPattern("<script(?![^>]*src=)").doesNotContain("<style", "style=", "http:");
        }
    }

    @Test
    void plain_http_is_refused() throws IOException {
        try (Socket socket = new Socket("localhost", appliance.port())) {
            socket.getOutputStream()
                    .write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.UTF_8));

            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .startsWith("HTTP/1.1 400");
        }
    }

    @ParameterizedTest
    @CsvSource({"TLSv1.3, true", "TLSv1.2, true", "TLSv1.1, false"})
    void tls_versions(String version, boolean accepted) throws Exception {
        SSLContext context = appliance.client.sslContext();
        try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("localhost", appliance.port())) {
            socket.setEnabledProtocols(new String[] {version});
            assertThat(handshakes(socket)).isEqualTo(accepted);
        }
    }

    @Test
    void request_that_is_too_long_is_refused_unread() {
        Answer answer = appliance.post("alice", "/api/v1/vms", "{\"name\":\"" + "x".repeat(70_000) + "\"}");

        assertThat(answer.status()).isEqualTo(413);
        assertThat(answer.code()).isEqualTo("request-too-long");
    }

    @ParameterizedTest
    @CsvSource({
        ", 401",
        "alice, 403",
        "operator, 403",
        "administrator, 200",
    })
    void metrics_are_for_administrators_since_they_show_when_a_tenant_types(String account, int status) {
        assertThat(appliance.get(account, "/actuator/prometheus").status()).isEqualTo(status);
    }

    @Test
    void metrics_are_for_a_collector_with_the_token() {
        assertThat(scrape("test").status()).isEqualTo(200);
        assertThat(scrape("guess").status()).isEqualTo(401);
    }

    @Test
    void scrape_token_opens_nothing_else() {
        Answer answer = appliance.send(HttpRequest.newBuilder(appliance.address("/actuator/info"))
                .header("Authorization", "Bearer test")
                .build());

        assertThat(answer.status()).isEqualTo(403);
    }

    @Test
    void health_is_public_without_details() {
        Answer stranger = appliance.get(null, "/actuator/health");
        Answer administrator = appliance.get("administrator", "/actuator/health");

        assertThat(stranger.status()).isEqualTo(200);
        assertThat(stranger.json().has("components")).isFalse();
        assertThat(administrator.json().path("components").has("hosts-attached"))
                .isTrue();
    }

    private Answer scrape(String token) {
        return appliance.send(HttpRequest.newBuilder(appliance.address("/actuator/prometheus"))
                .header("Authorization", "Bearer " + token)
                .build());
    }

    private static boolean handshakes(SSLSocket socket) {
        try {
            socket.startHandshake();
            return true;
        } catch (IOException refused) {
            return false;
        }
    }

    private static String form(String account, String password) {
        return "username=" + account + "&password=" + URLEncoder.encode(password, StandardCharsets.UTF_8);
    }

    /** What a browser does with cookies and the token. */
    private final class Page {
        private final CookieManager cookies = new CookieManager();
        private final HttpClient client = HttpClient.newBuilder()
                .sslContext(appliance.client.sslContext())
                .cookieHandler(cookies)
                .build();

        HttpResponse<String> get(String path) throws Exception {
            return client.send(
                    HttpRequest.newBuilder(appliance.address(path))
                            .header("Sec-Fetch-Site", "same-origin")
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        }

        HttpResponse<String> post(String path, String body, boolean withToken) throws Exception {
            HttpRequest.Builder request = HttpRequest.newBuilder(appliance.address(path))
                    .header("Sec-Fetch-Site", "same-origin")
                    .header(
                            "Content-Type",
                            body.startsWith("{") ? "application/json" : "application/x-www-form-urlencoded");
            if (withToken) {
                request.header("X-XSRF-TOKEN", token());
            }
            return client.send(
                    request.POST(HttpRequest.BodyPublishers.ofString(body)).build(),
                    HttpResponse.BodyHandlers.ofString());
        }

        private String token() throws Exception {
            if (find() == null) {
                get("/api/v1/problems");
            }
            return find();
        }

        private String find() {
            return cookies.getCookieStore().getCookies().stream()
                    .filter(cookie -> cookie.getName().equals("XSRF-TOKEN"))
                    .map(HttpCookie::getValue)
                    .findFirst()
                    .orElse(null);
        }
    }
}
