#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The generator refuses a table that is not one: test_a64_gen.py a64_gen.py

The table itself passes or the core would not have been built; here are tables that must not.
"""
import os
import subprocess
import sys
import tempfile
import unittest

GENERATOR = sys.argv.pop(1)
GOOD = 'A64(NOP_like, "1101 0101 0000 0011 0010 0000 0001 1111")\n'


def generate(rows):
    with tempfile.TemporaryDirectory() as folder:
        table = os.path.join(folder, 'table.def')
        with open(table, 'w', encoding='utf-8') as file:
            file.write(rows)
        outputs = [os.path.join(folder, name) for name in ('rows.h', 'tables.c', 'encode.h')]
        done = subprocess.run([sys.executable, GENERATOR, table, *outputs], stderr=subprocess.PIPE, text=True, check=False)
        return done.returncode, done.stderr


class Table(unittest.TestCase):
    def refused(self, rows, *words):
        status, message = generate(GOOD + rows)
        self.assertEqual(status, 1, rows)
        for word in words:
            self.assertIn(word, message)

    def accepted(self, rows):
        self.assertEqual(generate(GOOD + rows), (0, ''))

    def test_rows_of_32_bits_are_accepted(self):
        self.accepted('A64(ADD, "sf 0 0 100010 sh imm12:12 Rn:5 Rd:5")\n')

    def test_a_row_sums_to_32_bits(self):
        self.refused('A64(SHORT, "sf 0 0 100010 sh imm12:12 Rn:5 Rd:4")\n', 'SHORT', '31 bits')
        self.refused('A64(LONG, "sf 0 0 100010 sh imm12:12 Rn:5 Rd:5 x")\n', 'LONG', '33 bits')

    def test_a_token_is_bits_or_a_field(self):
        self.refused('A64(ODD, "sf 0 2 100010 sh imm12:12 Rn:5 Rd:5")\n', 'ODD', '"2"')

    def test_a_line_that_is_no_row_is_named(self):
        self.refused('A64(OPEN, "0 x:31"\n', 'table.def:2')

    def test_a_name_stands_once(self):
        self.refused('A64(TWICE, "10 x:30")\nA64(TWICE, "01 x:30")\n', 'TWICE', 'twice')

    def test_the_same_encoding_stands_once(self):
        self.refused('A64(A, "0 1 x:30")\nA64(B, "0 1 y:10 z:20")\n', 'are the same')

    def test_a_special_case_may_overlap(self):
        self.accepted('A64(GENERAL, "0 1 x:30")\nA64(SPECIAL, "0 1 1 y:29")\n')

    def test_rows_that_overlap_without_one_being_a_case_of_the_other_are_refused(self):
        self.refused('A64(LEFT, "0 1 1 x:29")\nA64(RIGHT, "0 1 x 1 y:28")\n', 'LEFT', 'RIGHT', 'overlap')

    def test_a_field_that_is_not_0_keeps_rows_apart(self):
        self.accepted('A64(ZERO, "0 1 0000 1 x:25")\nA64(OTHER, "0 1 immh!=0:4 x:26")\n')
        self.refused('A64(ZERO, "0 1 0000 1 x:25")\nA64(OTHER, "0 1 immh:4 x:25 1")\n', 'overlap')


if __name__ == '__main__':
    unittest.main()
