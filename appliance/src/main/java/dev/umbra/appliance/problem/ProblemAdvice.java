// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.problem;

import jakarta.validation.ConstraintViolationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.core.AuthenticationException;
import org.springframework.web.bind.MethodArgumentNotValidException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.WebRequest;
import org.springframework.web.servlet.mvc.method.annotation.ResponseEntityExceptionHandler;

/**
 * Turns every exception of a controller into a problem of the catalogue. What the framework says about a bad request is not passed
 * on: it may quote the request, and a request may hold a secret.
 */
@RestControllerAdvice
class ProblemAdvice extends ResponseEntityExceptionHandler {
    private static final Logger log = LoggerFactory.getLogger(ProblemAdvice.class);

    @ExceptionHandler
    ResponseEntity<Object> refused(ApplianceException refusal) {
        return respond(refusal.problem(), refusal.getMessage(), HttpHeaders.EMPTY);
    }

    @ExceptionHandler
    ResponseEntity<Object> invalid(ConstraintViolationException ignored) {
        return respond(ProblemCode.REQUEST_INVALID, ProblemCode.REQUEST_INVALID.title(), HttpHeaders.EMPTY);
    }

    /** Left to the security filters, which know whether somebody is signed in. */
    @ExceptionHandler({AccessDeniedException.class, AuthenticationException.class})
    void security(RuntimeException refusal) {
        throw refusal;
    }

    @ExceptionHandler
    ResponseEntity<Object> unexpected(Exception defect) {
        log.error("Request failed unexpectedly", defect);
        return respond(ProblemCode.INTERNAL, ProblemCode.INTERNAL.title(), HttpHeaders.EMPTY);
    }

    @Override
    protected ResponseEntity<Object> handleMethodArgumentNotValid(
            MethodArgumentNotValidException invalid, HttpHeaders headers, HttpStatusCode status, WebRequest request) {
        StringBuilder detail = new StringBuilder();
        invalid.getBindingResult()
                .getFieldErrors()
                .forEach(error -> detail.append(detail.isEmpty() ? "" : "; ")
                        .append(error.getField())
                        .append(' ')
                        .append(error.getDefaultMessage()));
        return respond(ProblemCode.REQUEST_INVALID, detail.toString(), headers);
    }

    @Override
    protected ResponseEntity<Object> handleExceptionInternal(
            Exception failure, Object body, HttpHeaders headers, HttpStatusCode status, WebRequest request) {
        ProblemCode problem = switch (status.value()) {
            case 404 -> ProblemCode.NOT_FOUND;
            case 405 -> ProblemCode.METHOD_NOT_ALLOWED;
            case 406 -> ProblemCode.NOT_ACCEPTABLE;
            case 415 -> ProblemCode.MEDIA_TYPE_UNSUPPORTED;
            default -> status.is4xxClientError() ? ProblemCode.REQUEST_INVALID : ProblemCode.INTERNAL;
        };
        if (problem == ProblemCode.INTERNAL) {
            log.error("Request failed unexpectedly", failure);
        }
        return respond(problem, problem.title(), headers);
    }

    private static ResponseEntity<Object> respond(ProblemCode problem, String detail, HttpHeaders headers) {
        return ResponseEntity.status(problem.status())
                .headers(headers)
                .contentType(MediaType.APPLICATION_PROBLEM_JSON)
                .body(ProblemDetails.of(problem, detail));
    }
}
