// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.problem;

import static dev.umbra.appliance.problem.ProblemCategory.CALLER;
import static dev.umbra.appliance.problem.ProblemCategory.OPERATOR;
import static dev.umbra.appliance.problem.ProblemCategory.TENANT;
import static dev.umbra.appliance.problem.ProblemCategory.US;

import java.util.Locale;
import org.springframework.http.HttpStatus;

/**
 * Every refusal of the API. The code, its name in lower case with hyphens, is part of the interface and never changes its meaning;
 * titles are for people and may.
 */
public enum ProblemCode {
    AUTHENTICATION_REQUIRED(HttpStatus.UNAUTHORIZED, CALLER, "Sign in first"),
    CREDENTIALS_REFUSED(HttpStatus.UNAUTHORIZED, CALLER, "Account or password is wrong"),
    LOGIN_RATE_LIMITED(HttpStatus.TOO_MANY_REQUESTS, CALLER, "Too many failed logins, try again later"),
    CSRF_REFUSED(HttpStatus.FORBIDDEN, CALLER, "The request does not come from a page of this appliance"),
    FORBIDDEN(HttpStatus.FORBIDDEN, CALLER, "Your role does not allow this"),
    CONSOLE_NOT_FOR_YOUR_ROLE(
            HttpStatus.FORBIDDEN, CALLER, "Consoles, their logs and their input belong to the tenant alone"),
    NOT_FOUND(HttpStatus.NOT_FOUND, CALLER, "There is nothing here"),
    VM_NOT_FOUND(HttpStatus.NOT_FOUND, CALLER, "You have no such VM"),
    HOST_NOT_FOUND(HttpStatus.NOT_FOUND, CALLER, "There is no such host"),
    CLOUD_VM_NOT_FOUND(HttpStatus.NOT_FOUND, CALLER, "There is no such cloud VM"),
    TENANT_NOT_FOUND(HttpStatus.UNPROCESSABLE_CONTENT, CALLER, "There is no such tenant"),
    REQUEST_INVALID(HttpStatus.BAD_REQUEST, CALLER, "The request is malformed"),
    REQUEST_TOO_LONG(HttpStatus.CONTENT_TOO_LARGE, CALLER, "The request is too long or does not say how long it is"),
    METHOD_NOT_ALLOWED(HttpStatus.METHOD_NOT_ALLOWED, CALLER, "The method is not allowed here"),
    MEDIA_TYPE_UNSUPPORTED(HttpStatus.UNSUPPORTED_MEDIA_TYPE, CALLER, "The media type is not supported"),
    NOT_ACCEPTABLE(HttpStatus.NOT_ACCEPTABLE, CALLER, "No representation fits the Accept header"),
    RANGE_NOT_SATISFIABLE(HttpStatus.REQUESTED_RANGE_NOT_SATISFIABLE, CALLER, "The log does not reach there"),
    VM_NAME_TAKEN(HttpStatus.CONFLICT, CALLER, "The name is taken"),
    VM_LIMIT_REACHED(HttpStatus.CONFLICT, OPERATOR, "The tenant has as many VM records as allowed"),
    VM_NOT_ENROLLED(HttpStatus.CONFLICT, TENANT, "No running VM has enrolled with this record's secret"),
    VM_STILL_ENROLLED(HttpStatus.CONFLICT, CALLER, "A running VM is enrolled; release it explicitly"),
    VM_GONE(HttpStatus.CONFLICT, TENANT, "The enrolled VM is gone"),
    PORTS_INVALID(HttpStatus.UNPROCESSABLE_CONTENT, CALLER, "These ports cannot be claimed"),
    TICKET_REFUSED(HttpStatus.FORBIDDEN, CALLER, "The ticket is unknown, used, expired or for something else"),
    TOO_MANY_TICKETS(HttpStatus.TOO_MANY_REQUESTS, CALLER, "Too many unused console tickets, try again later"),
    TOO_MANY_SESSIONS(HttpStatus.CONFLICT, CALLER, "The console has as many sessions as allowed"),
    SCREENSHOT_RATE_LIMITED(HttpStatus.TOO_MANY_REQUESTS, CALLER, "Too many screenshots, try again later"),
    RECORDING_NOT_FOUND(HttpStatus.NOT_FOUND, CALLER, "There is no such recording"),
    RECORDING_IN_PROGRESS(HttpStatus.CONFLICT, CALLER, "The screen is being recorded already"),
    TOO_MANY_RECORDINGS(HttpStatus.SERVICE_UNAVAILABLE, OPERATOR, "The appliance records as many screens as allowed"),
    INTROSPECTION_UNAVAILABLE(
            HttpStatus.SERVICE_UNAVAILABLE, OPERATOR, "The memory of the VM cannot be looked into now"),
    KERNEL_REFUSED(HttpStatus.CONFLICT, TENANT, "The VM's kernel is not known well enough to be read"),
    SCAN_NOT_FOUND(HttpStatus.NOT_FOUND, CALLER, "There is no such scan"),
    SCAN_IN_PROGRESS(HttpStatus.CONFLICT, CALLER, "Another scan waits already"),
    SCAN_PAUSE_NOT_ALLOWED(HttpStatus.CONFLICT, OPERATOR, "VMs are not held for scans here"),
    MEMORY_DOWNLOAD_IN_PROGRESS(HttpStatus.CONFLICT, CALLER, "The memory of a VM is being downloaded already"),
    MOMENT_NOT_FOUND(HttpStatus.NOT_FOUND, CALLER, "Nothing was seen at that moment"),
    HOST_DETACHED(HttpStatus.SERVICE_UNAVAILABLE, OPERATOR, "The host is not attached"),
    HOST_REFUSED(HttpStatus.BAD_GATEWAY, OPERATOR, "The host refused the command"),
    HOST_TIMEOUT(HttpStatus.GATEWAY_TIMEOUT, OPERATOR, "The host did not answer in time"),
    INTERNAL(HttpStatus.INTERNAL_SERVER_ERROR, US, "Something went wrong in the appliance");

    private final HttpStatus status;
    private final ProblemCategory category;
    private final String title;

    ProblemCode(HttpStatus status, ProblemCategory category, String title) {
        this.status = status;
        this.category = category;
        this.title = title;
    }

    /** The stable name, such as {@code vm-not-found}. */
    public String code() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    public HttpStatus status() {
        return status;
    }

    public ProblemCategory category() {
        return category;
    }

    public String title() {
        return title;
    }

    public ApplianceException exception() {
        return new ApplianceException(this, title);
    }

    /** With a detail that is shown to the caller and must hold no secret. */
    public ApplianceException exception(String detail) {
        return new ApplianceException(this, detail);
    }
}
