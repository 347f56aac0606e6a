// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e.testbed;

import java.io.IOException;
import java.io.InputStream;
import java.net.CookieManager;
import java.net.CookiePolicy;
import java.net.HttpCookie;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The appliance as its clients see it: over HTTPS, trusting the appliance's own authority and nothing else. */
public final class ApplianceApi {
    /** An answer; the body is a missing node when there was none. */
    public record Answer(int status, JsonNode body) {
        /** The stable code of a refusal. */
        public String code() {
            return body.path("code").asString("");
        }
    }

    /** The appliance is not there. */
    public static final class UnavailableException extends RuntimeException {
        private static final long serialVersionUID = 1;

        UnavailableException(Throwable cause) {
            super("the appliance does not answer", cause);
        }
    }

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(250);
    private static final JsonMapper JSON = new JsonMapper();
    private static final Pattern SAMPLE = Pattern.compile("(?m)^([a-z_]+)(\\{[^}]*})? ([-+0-9.eE]+|NaN)$");
    private static final Pattern RANGE = Pattern.compile("bytes \\d+-\\d+/(\\d+)");

    private final Testbed testbed;
    private final CookieManager cookies = new CookieManager(null, CookiePolicy.ACCEPT_ORIGINAL_SERVER);
    private final HttpClient client;
    private String signedIn;

    public ApplianceApi(Testbed testbed) {
        this.testbed = testbed;
        this.client = HttpClient.newBuilder()
                .sslContext(trusting(testbed))
                .cookieHandler(cookies)
                .connectTimeout(Duration.ofSeconds(10))
                .build();
    }

    /** Trusts the appliance's own authority and nothing else. */
    public static SSLContext trusting(Testbed testbed) {
        try (InputStream authority = Files.newInputStream(testbed.authority())) {
            KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            trusted.setCertificateEntry(
                    "authority", CertificateFactory.getInstance("X.509").generateCertificate(authority));
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, factory.getTrustManagers(), null);
            return context;
        } catch (IOException | GeneralSecurityException failure) {
            throw new IllegalStateException("the appliance's authority cannot be read", failure);
        }
    }

    public static JsonNode parse(String json) {
        return JSON.readTree(json);
    }

    /**
     * Signs in as a page does: from now on this one asks for the account alone, and its password is not checked, which takes the
     * appliance some time, with each request.
     */
    public ApplianceApi signedIn(String account) {
        takeToken();
        String form = "username=" + account + "&password="
                + URLEncoder.encode(testbed.password(account), StandardCharsets.UTF_8);
        int status = send(null, "POST", "/login", form, Map.of("Content-Type", "application/x-www-form-urlencoded"))
                .statusCode();
        if (status != 204) {
            throw new IllegalStateException(account + " cannot sign in: " + status);
        }
        takeToken();
        signedIn = account;
        return this;
    }

    /** Any answer brings it. */
    private void takeToken() {
        send(null, "GET", "/api/v1/problems", null, Map.of());
    }

    /** Asks as an account; the path is one below {@code /api/v1}, the body JSON or null. */
    public Answer ask(String account, String method, String path, String body) {
        HttpResponse<String> response = send(account, method, "/api/v1" + path, body, Map.of());
        String text = response.body();
        return new Answer(response.statusCode(), text.isBlank() ? JSON.missingNode() : JSON.readTree(text));
    }

    public Answer get(String account, String path) {
        return ask(account, "GET", path, null);
    }

    public Answer post(String account, String path, String body) {
        return ask(account, "POST", path, body);
    }

    private HttpResponse<String> send(
            String account, String method, String path, String body, Map<String, String> headers) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(address("https", path)).timeout(PATIENCE);
        if (body != null) {
            request.setHeader("Content-Type", "application/json");
        }
        headers.forEach(request::setHeader);
        if (signedIn != null && !signedIn.equals(account)) {
            throw new IllegalStateException("signed in as " + signedIn + ", asked for " + account);
        }
        for (HttpCookie cookie : cookies.getCookieStore().getCookies()) {
            if (cookie.getName().equals("XSRF-TOKEN")) {
                request.setHeader("X-XSRF-TOKEN", cookie.getValue());
            }
        }
        if (account != null && signedIn == null) {
            String pair = account + ":" + testbed.password(account);
            request.header(
                    "Authorization",
                    "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8)));
        }
        request.method(
                method, body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body));
        try {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException gone) {
            throw new UnavailableException(gone);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    private URI address(String scheme, String path) {
        return URI.create(scheme + "://127.0.0.1:" + testbed.httpsPort() + path);
    }

    /** Opens a WebSocket as a program does, without an Origin. */
    public WebSocket openWebSocket(String path, WebSocket.Listener listener) {
        return client.newWebSocketBuilder()
                .connectTimeout(PATIENCE)
                .buildAsync(address("wss", path), listener)
                .join();
    }

    /** A ticket for the console of a VM, asked for by its owner. */
    public String consoleTicket(String vm) {
        Answer answer = post(testbed.owner(vm), "/vms/" + vm + "/console-tickets", null);
        if (answer.status() >= 500 || answer.status() == 409) {
            throw new UnavailableException(new IOException("status " + answer.status() + " " + answer.code()));
        }
        if (answer.status() != 201) {
            throw new IllegalStateException("no ticket for " + vm + ": " + answer);
        }
        return answer.body().path("ticket").asString();
    }

    /** How many bytes the console of a VM has printed in all. */
    public long outputOffset(String vm) {
        HttpResponse<String> response =
                send(testbed.owner(vm), "GET", "/api/v1/vms/" + vm + "/console-log", null, Map.of("Range", "bytes=-1"));
        Matcher range =
                RANGE.matcher(response.headers().firstValue("Content-Range").orElse(""));
        if (!range.matches()) {
            throw new IllegalStateException("the console of " + vm + " has no log: " + response.statusCode());
        }
        return Long.parseLong(range.group(1));
    }

    /** Whether the appliance answers and its host is attached. */
    public boolean isReady() {
        try {
            return send(null, "GET", "/actuator/health/readiness", null, Map.of())
                            .statusCode()
                    == 200;
        } catch (UnavailableException notYet) {
            return false;
        }
    }

    public void awaitReady(Duration timeout) {
        await("the appliance is ready", timeout, this::isReady);
    }

    /** A counter that L0 keeps for a VM. */
    public long counter(String vm, String name) {
        return get(testbed.owner(vm), "/vms/" + vm)
                .body()
                .path("counters")
                .path(name)
                .asLong(-1);
    }

    /** The first host as the administrator sees it. */
    public JsonNode host() {
        return get("administrator", "/hosts").body().path(0);
    }

    /** All samples of a metric, by their labels. */
    public Map<String, Double> metric(String name) {
        Map<String, Double> samples = new TreeMap<>();
        Matcher sample = SAMPLE.matcher(send("administrator", "GET", "/actuator/prometheus", null, Map.of())
                .body());
        while (sample.find()) {
            if (sample.group(1).equals(name)) {
                samples.put(String.valueOf(sample.group(2)), Double.parseDouble(sample.group(3)));
            }
        }
        return samples;
    }

    /** Waits until the appliance says of a VM what is expected. */
    public JsonNode awaitVm(String vm, Duration timeout, Predicate<JsonNode> expected) {
        JsonNode[] last = new JsonNode[1];
        await(vm + " is as expected", timeout, () -> {
            last[0] = get(testbed.owner(vm), "/vms/" + vm).body();
            return expected.test(last[0]);
        });
        return last[0];
    }

    /** Asks again and again until the answer is yes. */
    public static void await(String what, Duration timeout, BooleanSupplier condition) {
        long end = System.nanoTime() + timeout.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException("waited in vain until " + what);
            }
            Pause.of(BETWEEN_LOOKS);
        }
    }
}
