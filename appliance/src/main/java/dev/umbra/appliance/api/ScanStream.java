// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.api;

import dev.umbra.appliance.introspection.Scan;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/** How far a scan is, as server-sent events until it has ended. */
@Component
class ScanStream {
    private static final Duration LONGEST_SILENCE = Duration.ofSeconds(15);

    private final JsonMapper json;

    ScanStream(JsonMapper json) {
        this.json = json;
    }

    void send(Scan scan, HttpServletResponse response) throws IOException, InterruptedException {
        response.setContentType(MediaType.TEXT_EVENT_STREAM_VALUE);
        response.setCharacterEncoding(StandardCharsets.UTF_8);
        response.setHeader(HttpHeaders.CACHE_CONTROL, "no-store");
        PrintWriter events = response.getWriter();
        Scan.Progress progress = scan.progress();
        write(events, scan, progress);
        while (!progress.state().ended() && !events.checkError()) {
            Scan.Progress next = scan.awaitChange(progress, LONGEST_SILENCE);
            if (next == progress) {
                events.write(":\n\n");
            } else {
                write(events, scan, next);
            }
            progress = next;
        }
        events.flush();
    }

    /** The writer flushes when it is asked for errors. */
    private void write(PrintWriter events, Scan scan, Scan.Progress progress) {
        events.write("event: scan\ndata: " + json.writeValueAsString(ScanDocument.of(scan, progress)) + "\n\n");
    }
}
