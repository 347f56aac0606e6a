// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.web;

import dev.umbra.appliance.problem.ProblemCode;
import dev.umbra.appliance.problem.ProblemDetails;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.http.HttpHeaders;
import org.springframework.web.filter.OncePerRequestFilter;
import tools.jackson.databind.json.JsonMapper;

/** No request of ours is long. Longer ones, and those that do not say how long they are, are refused unread. */
final class RequestSizeFilter extends OncePerRequestFilter {
    static final int MAXIMUM = 64 * 1024;

    private final JsonMapper json;

    RequestSizeFilter(JsonMapper json) {
        this.json = json;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        if (request.getContentLengthLong() > MAXIMUM || request.getHeader(HttpHeaders.TRANSFER_ENCODING) != null) {
            ProblemDetails.write(response, json, ProblemCode.REQUEST_TOO_LONG);
            return;
        }
        chain.doFilter(request, response);
    }
}
