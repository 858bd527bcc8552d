# SPDX-License-Identifier: 0BSD
# Builds the test programs NAMES against the archive DIR/base.a of SOURCE. See `run`.
# They share HARNESS/harness.c.

COMMA := ,
HARNESS = .
NAMES ?= $(filter-out harness,$(basename $(wildcard *.c)))

# calls that harness.c can make fail
WRAPS := $(addprefix -Wl$(COMMA)--wrap=,read write flock waitpid malloc realloc time)

all: $(NAMES:%=$(DIR)/%)

COMPILE = $(CC) -std=c11 -D_DEFAULT_SOURCE -D_POSIX_C_SOURCE=200809L \
	-I$(SOURCE) -I. -I$(HARNESS) $(CFLAGS)

# Anew with the archive: both include headers of SOURCE, whose types a patch may change.
$(DIR)/harness.o: $(HARNESS)/harness.c $(HARNESS)/harness.h $(DIR)/base.a
	$(COMPILE) -c -o $@ $(HARNESS)/harness.c

$(DIR)/%: %.c $(HARNESS)/harness.h $(DIR)/harness.o $(DIR)/base.a
	$(COMPILE) -o $@ $< $(DIR)/harness.o $(DIR)/base.a $(WRAPS) $(LIBS) -lcmocka
