// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.problem;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.util.Locale;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import tools.jackson.databind.json.JsonMapper;

/** Problem details as RFC 9457 has them, with the members {@code code} and {@code category}. */
public final class ProblemDetails {
    private ProblemDetails() {}

    public static ProblemDetail of(ProblemCode problem, String detail) {
        ProblemDetail body = ProblemDetail.forStatus(problem.status());
        body.setType(URI.create("urn:umbra:problem:" + problem.code()));
        body.setTitle(problem.title());
        if (!detail.equals(problem.title())) {
            body.setDetail(detail);
        }
        body.setProperty("code", problem.code());
        body.setProperty("category", problem.category().name().toLowerCase(Locale.ROOT));
        return body;
    }

    /** Writes a problem where no controller is involved, such as in the security filters. */
    public static void write(HttpServletResponse response, JsonMapper json, ProblemCode problem) throws IOException {
        response.setStatus(problem.status().value());
        response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
        json.writeValue(response.getOutputStream(), of(problem, problem.title()));
    }
}
