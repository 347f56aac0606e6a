// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.event;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.Optional;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import javax.net.ssl.SSLContext;

/**
 * Events as POST requests, one each, whose body is the line. The header {@value #SIGNATURE} proves where they come from and when:
 * {@code t=SECONDS,v1=HEX}, with the HMAC-SHA256, by the shared secret, of {@code SECONDS.BODY}. {@value #DELIVERY} is the same at
 * each attempt, so that a receiver that has answered too late does not count an event twice. Redirections are not followed, and
 * what is answered is not read.
 */
final class Webhook implements EventSink {
    static final String SIGNATURE = "Umbra-Signature";
    static final String DELIVERY = "Umbra-Delivery";

    private static final String ALGORITHM = "HmacSHA256";
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int REQUEST_TIMEOUT = 408;

    private final URI address;
    private final SecretKeySpec secret;
    private final Duration timeout;
    private final InstantSource clock;
    private final HttpClient client;
    private SecurityEvent last;
    private String delivery;

    /** @param trust the authority that the receiver's certificate comes from; empty: those of the Java platform */
    Webhook(URI address, String secret, Duration timeout, Optional<SSLContext> trust, InstantSource clock) {
        this.address = address;
        this.secret = new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), ALGORITHM);
        this.timeout = timeout;
        this.clock = clock;
        HttpClient.Builder builder = HttpClient.newBuilder()
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(timeout);
        trust.ifPresent(builder::sslContext);
        this.client = builder.build();
    }

    @Override
    public void deliver(SecurityEvent event, String line) throws IOException, InterruptedException {
        if (event != last) {
            last = event;
            delivery = UUID.randomUUID().toString();
        }
        long seconds = clock.instant().getEpochSecond();
        HttpRequest request = HttpRequest.newBuilder(address)
                .timeout(timeout)
                .header("Content-Type", "application/json")
                .header(DELIVERY, delivery)
                .header(SIGNATURE, "t=" + seconds + ",v1=" + sign(seconds + "." + line))
                .POST(HttpRequest.BodyPublishers.ofString(line))
                .build();
        int status =
                client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
        if (status / 100 == 2) {
            return;
        }
        if (status / 100 == 5 || status == TOO_MANY_REQUESTS || status == REQUEST_TIMEOUT) {
            throw new IOException("the receiver answers " + status);
        }
        throw new UndeliverableException("the receiver answers " + status);
    }

    private String sign(String content) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(secret);
            return HexFormat.of().formatHex(mac.doFinal(content.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException missing) {
            throw new IllegalStateException(missing);
        }
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
