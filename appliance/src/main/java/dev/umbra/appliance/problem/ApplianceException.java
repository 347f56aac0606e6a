// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.problem;

import java.util.Objects;

/** A refusal from the catalogue. Its message is shown to the caller: it never holds a secret. */
public final class ApplianceException extends RuntimeException {
    private final ProblemCode problem;

    ApplianceException(ProblemCode problem, String detail) {
        super(detail);
        this.problem = Objects.requireNonNull(problem, "problem");
    }

    public ProblemCode problem() {
        return problem;
    }
}
