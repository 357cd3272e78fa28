#!/usr/bin/env python3
"""Tests of the house test: each promise, broken on purpose in a small tree, is noticed."""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import house


class SmallTree(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.root = pathlib.Path(self.folder.name)
        self.write("src/ARROWS", "base:\nwire/http: base\nengine/duck: base wire/http\ncloud/door: base wire/http\n")
        for room, uses in (("base", ""), ("wire/http", "base"), ("engine/duck", "base wire/http"), ("cloud/door", "base wire/http")):
            self.write(f"src/{room}/CMakeLists.txt", f"firn_room({room} HEADERS face.h USES {uses})\n")
            self.write(f"src/{room}/face.h", "#pragma once\n")
            self.write(f"src/{room}/README.md", "# room\n")
        self.write("test/.keep", "")
        self.write("docs/a.md", "see `src/base/face.h`\n")

    def tearDown(self):
        self.folder.cleanup()

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def assert_fault(self, fragment):
        faults = house.check_all(self.root)
        self.assertTrue(any(fragment in fault for fault in faults), faults)

    def test_a_sound_tree_has_no_fault(self):
        self.assertEqual(house.check_all(self.root), [])

    def test_an_arrow_that_is_not_listed(self):
        self.write("src/base/face.h", '#pragma once\n#include "wire/http/face.h"\n')
        self.assert_fault("base -> wire/http is not an arrow")

    def test_an_upward_arrow_is_a_cycle(self):
        self.write("src/ARROWS", "base: wire/http\nwire/http: base\nengine/duck: base\ncloud/door: base\n")
        self.assert_fault("not above it")

    def test_engine_and_cloud_stay_apart(self):
        self.write("src/ARROWS", "base:\nwire/http: base\nengine/duck: base wire/http\ncloud/door: base wire/http engine/duck\n")
        self.assert_fault("meet only over the wire")

    def test_a_file_in_no_list(self):
        self.write("src/base/lost.cc", "")
        self.assert_fault("lost.cc: in no list")

    def test_a_listed_file_that_is_gone(self):
        self.write("src/base/CMakeLists.txt", "firn_room(base HEADERS face.h gone.h)\n")
        self.assert_fault("gone.h, which does not exist")

    def test_a_use_that_is_no_arrow(self):
        self.write("src/base/CMakeLists.txt", "firn_room(base HEADERS face.h USES wire/http)\n")
        self.assert_fault("USES wire/http")

    def test_banned_words_outside_their_home(self):
        for line, fragment in (
            ("throw 1;", "`throw`"),
            ("std::mutex m;", "`std::mutex`"),
            ("auto x = std::chrono::system_clock::now();", "`system_clock::now`"),
            ("#include <duckdb.hpp>", "duckdb"),
            ("getenv(\"HOME\");", "`getenv`"),
        ):
            self.write("src/wire/http/face.h", "#pragma once\n" + line + "\n")
            self.assert_fault(fragment)

    def test_words_in_comments_and_strings_are_free(self):
        self.write("src/wire/http/face.h", '#pragma once\n// throw\nconst char* a = "throw";\n')
        self.assertEqual(house.check_all(self.root), [])

    def test_private_headers_stay_private(self):
        self.write("src/wire/http/CMakeLists.txt", "firn_room(wire/http HEADERS face.h a_internal.h USES base)\n")
        self.write("src/wire/http/a_internal.h", "#pragma once\n")
        self.write("src/cloud/door/face.h", '#pragma once\n#include "wire/http/a_internal.h"\n')
        self.assert_fault("private to wire/http")

    def test_skips_say_why(self):
        self.write("test/a.py", "@pytest.mark.skip\ndef test_x(): pass\n")
        self.assert_fault("a skip says why")
        self.write("test/a.py", "")
        self.write("test/b.test", "skip\n")
        self.assert_fault("a skip says why")

    def test_nolint_says_why(self):
        self.write("src/base/face.h", "#pragma once\nint x;  // NOLINT\n")
        self.assert_fault("NOLINT must name")

    def test_documents_name_what_exists(self):
        self.write("docs/a.md", "see `src/base/absent.h`\n")
        self.assert_fault("absent.h, which does not exist")

    def test_long_files(self):
        self.write("src/base/face.h", "#pragma once\n" + "\n" * 1100)
        self.assert_fault("two things in one")


if __name__ == "__main__":
    unittest.main()
