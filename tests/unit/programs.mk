# SPDX-License-Identifier: 0BSD
# Builds the test programs NAMES against the archive DIR/base.a of SOURCE. See `run`.

NAMES ?= $(filter-out unit,$(basename $(wildcard *.c)))

all: $(NAMES:%=$(DIR)/%)

COMPILE = $(CC) -std=c11 -D_DEFAULT_SOURCE -D_POSIX_C_SOURCE=200809L \
	-I$(SOURCE) -I. $(CFLAGS)

$(DIR)/unit.o: unit.c unit.h
	$(COMPILE) -c -o $@ unit.c

$(DIR)/%: %.c unit.h $(DIR)/unit.o $(DIR)/base.a
	$(COMPILE) -o $@ $< $(DIR)/unit.o $(DIR)/base.a $(WRAPS) -lcmocka
