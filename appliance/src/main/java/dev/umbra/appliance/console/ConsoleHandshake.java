// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.console;

import dev.umbra.appliance.audit.AuditEvent;
import dev.umbra.appliance.audit.AuditKind;
import dev.umbra.appliance.audit.AuditTrail;
import dev.umbra.appliance.problem.ProblemCode;
import dev.umbra.appliance.problem.ProblemDetails;
import dev.umbra.remoteconsole.websocket.WebSocketSerialRequest;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.security.Principal;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.springframework.http.HttpHeaders;
import org.springframework.http.server.ServerHttpRequest;
import org.springframework.http.server.ServerHttpResponse;
import org.springframework.http.server.ServletServerHttpRequest;
import org.springframework.http.server.ServletServerHttpResponse;
import org.springframework.web.socket.WebSocketHandler;
import org.springframework.web.socket.server.HandshakeInterceptor;
import tools.jackson.databind.json.JsonMapper;

/**
 * Decides whether a WebSocket may be opened at all: from a page of ours, or a program, with a good ticket for this kind of console. The ticket is used up by
 * the attempt, whatever comes of it.
 */
final class ConsoleHandshake implements HandshakeInterceptor {
    static final String CLAIM = "umbra.claim";
    static final String REQUEST = "umbra.request";
    static final String ADDRESS = "umbra.address";

    private final ConsoleKind kind;
    private final ConsoleTickets tickets;
    private final ConsoleProperties properties;
    private final AuditTrail audit;
    private final JsonMapper json;

    ConsoleHandshake(
            ConsoleKind kind, ConsoleTickets tickets, ConsoleProperties properties, AuditTrail audit, JsonMapper json) {
        this.kind = kind;
        this.tickets = tickets;
        this.properties = properties;
        this.audit = audit;
        this.json = json;
    }

    @Override
    public boolean beforeHandshake(
            ServerHttpRequest request,
            ServerHttpResponse response,
            WebSocketHandler handler,
            Map<String, Object> attributes)
            throws IOException {
        HttpServletRequest servlet = ((ServletServerHttpRequest) request).getServletRequest();
        Optional<ConsoleTickets.Claim> claim = Optional.ofNullable(servlet.getParameter("ticket"))
                .flatMap(tickets::consume)
                .filter(found -> found.kind() == kind && belongsTo(found, servlet.getUserPrincipal()));
        if (claim.isEmpty() || !fromAllowedOrigin(servlet)) {
            audit.record(AuditEvent.of(AuditKind.TICKET_REFUSED)
                    .from(servlet.getRemoteAddr())
                    .detail(
                            claim.isEmpty()
                                    ? "unknown, used, expired or for something else"
                                    : "page of another origin"));
            return refuse(response, ProblemCode.TICKET_REFUSED);
        }
        try {
            attributes.put(REQUEST, request(parameters(servlet)));
        } catch (IllegalArgumentException malformed) {
            return refuse(response, ProblemCode.REQUEST_INVALID);
        }
        attributes.put(CLAIM, claim.get());
        attributes.put(ADDRESS, servlet.getRemoteAddr());
        return true;
    }

    @Override
    public void afterHandshake(
            ServerHttpRequest request, ServerHttpResponse response, WebSocketHandler handler, Exception failure) {}

    private Record request(Map<String, String> parameters) {
        return switch (kind) {
            case SERIAL -> WebSocketSerialRequest.of(parameters);
            case GRAPHICAL -> DisplayRequest.of(parameters);
        };
    }

    private boolean fromAllowedOrigin(HttpServletRequest request) {
        String origin = request.getHeader(HttpHeaders.ORIGIN);
        return origin == null
                || origin.equalsIgnoreCase("https://" + request.getHeader(HttpHeaders.HOST))
                || properties.allowedOrigins().contains(origin);
    }

    private static boolean belongsTo(ConsoleTickets.Claim claim, Principal present) {
        return present == null || present.getName().equals(claim.account().name());
    }

    private static Map<String, String> parameters(HttpServletRequest request) {
        Map<String, String> parameters = new HashMap<>();
        request.getParameterMap().forEach((name, values) -> parameters.put(name, values[0]));
        return parameters;
    }

    private boolean refuse(ServerHttpResponse response, ProblemCode problem) throws IOException {
        ProblemDetails.write(((ServletServerHttpResponse) response).getServletResponse(), json, problem);
        return false;
    }
}
