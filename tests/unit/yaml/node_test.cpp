// Any bytes in, a tree or faults with a place out.
#include "policy/yaml/node.hpp"
#include "support/catch.hpp"
#include "unit/yaml/marked_text.hpp"

namespace autoscaler::policy::tests {

using yaml::node;

namespace {

std::string repeated(std::string_view part, std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i)
        text += part;
    return text;
}

} // namespace

TEST_CASE("a file that holds nothing is refused", "[node]") {
    lines const empty{"1:1: error: the file is empty"};
    CHECK(faults_of("") == empty);
    CHECK(faults_of("# only a comment\n\n") == empty);
    CHECK(faults_of("\xEF\xBB\xBF") == empty);
    CHECK(
        faults_of("---\n") == lines{"2:1: error: a policy file must be a map of keys and values, not nothing"}
    );
}

TEST_CASE("what is no text is refused where it begins", "[node]") {
    CHECK(faults_of("a: $bad[[\xC3]]\x28\n") == lines{"bad: error: the file is not UTF-8 from here on"});
    CHECK(faults_of("a: $bad[[\xED\xA0\x80]]\n") == lines{"bad: error: the file is not UTF-8 from here on"});
    CHECK(faults_of("a: $bad[[\xC0\x80]]\n") == lines{"bad: error: the file is not UTF-8 from here on"});
    CHECK(
        faults_of("a: $bad[[\xF5\x80\x80\x80]]\n") == lines{"bad: error: the file is not UTF-8 from here on"}
    );
    CHECK(faults_of("a: $bad[[\xE2\x82]]") == lines{"bad: error: the file is not UTF-8 from here on"});
    CHECK(
        faults_of(std::string_view("a: $bad[[\0]]b\n", 14)) ==
        lines{"bad: error: control character \"\\x00\": a policy file is plain text"}
    );
    CHECK(
        faults_of("a: 1\nb: x$bad[[\x04]]y\n") ==
        lines{"bad: error: control character \"\\x04\": a policy file is plain text"}
    );
    CHECK(
        faults_of(std::string_view("\xFF\xFEp\0o\0", 6)) ==
        lines{"1:1: error: the file is not UTF-8 from here on"}
    );
}

TEST_CASE("columns count characters, and a byte order mark is none", "[node]") {
    CHECK(
        faults_of(
            "\xEF\xBB\xBFpolicies: [{service: \"\xC3\xBC\xE2\x82\xAC\", alert: X, scale: -1, max: on}]\n"
        ) ==
        lines{
            "1:54: error: max must be a whole number, not \"on\"",
        }
    );
}

TEST_CASE("windows line ends count as one", "[node]") {
    CHECK(
        faults_of("policies:\r\n- alert: X\r\n  service: web\r\n  scale: -1\r\n  max: $bad[[on]]\r\n") ==
        lines{"bad: error: max must be a whole number, not \"on\""}
    );
}

TEST_CASE("a tab that indents is named, wherever the parser trips", "[node]") {
    std::string const text = "a tab indents this line: YAML indents with spaces";
    CHECK(
        faults_of("policies:\n- alert: X\n$tab[[\t]]service: web\n  max: 3\n") == lines{"tab: error: " + text}
    );
    CHECK(faults_of("$tab[[\t]]policies: []\n") == lines{"tab: error: " + text});
}

TEST_CASE("syntax faults say what was expected and where", "[node]") {
    CHECK(
        faults_of("policies: [1, 2\n$here[[]]") ==
        lines{"here: error: bad YAML: expected \",\" or \"]\" here"}
    );
    CHECK(
        faults_of("policies: {a: 1\n$here[[]]") ==
        lines{"here: error: bad YAML: expected \",\" or \"}\" here"}
    );
    CHECK(
        faults_of("stack: a$here[[:]] b\n") == lines{"here: error: bad YAML: unexpected \":\" or value here; "
                                                     "check the indentation, and quote a text with \": \""}
    );
    CHECK(
        faults_of("stack: 'x' $here[['y']]\n") == lines{"here: error: bad YAML: this does not fit the block "
                                                        "above it; check the indentation and the quotes"}
    );
    CHECK(faults_of("stack: $here[[@]]x\n") == lines{"here: error: bad YAML: unknown token"});
}

TEST_CASE("a quote that is never closed is refused, though the parser takes it", "[node]") {
    CHECK(faults_of("stack: $here[[']]it\n") == lines{"here: error: this quote is never closed"});
    CHECK(faults_of("stack: $here[[']]it''\n") == lines{"here: error: this quote is never closed"});
    CHECK_FALSE(faults_of("stack: \"it\\\"\n").empty());
    CHECK(faults_of("stack: 'it''s'\npolicies: []\n").size() == 1);
}

TEST_CASE("anchors, aliases, merge keys and tags are refused, each at its place", "[node]") {
    CHECK(
        faults_of("stack: $a[[&x]] a\nversion: $b[[*x]]\n") ==
        lines{
            "a: error: anchors are not supported; quote a text that begins with \"&\"",
            "b: error: aliases are not supported: write the value out, or set it once under \"defaults\"; "
            "quote a "
            "text that begins with \"*\"",
        }
    );
    CHECK(
        faults_of("stack: $b[[*x]]\n") ==
        lines{
            "b: error: aliases are not supported: write the value out, or set it once under \"defaults\"; "
            "quote a "
            "text that begins with \"*\"",
        }
    );
    CHECK(
        faults_of("stack: !!str $t[[x]]\npolicies: []\n") ==
        lines{"1:8: error: the tag \"tag:yaml.org,2002:str\" is not supported; quote a text that begins with "
              "\"!\""}
    );
    CHECK(
        faults_of(policy_with("$m[[<<]]: {min: 2}")) ==
        lines{
            "m: error: merge keys (\"<<\") are not supported: set what policies share once under "
            "\"defaults\"",
        }
    );
}

TEST_CASE("a billion laughs are refused without laughing", "[node]") {
    std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 12; ++i) {
        std::string const before = "*a" + std::to_string(i - 1);
        text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before +
                repeated(", " + before, 9) + "]\n";
    }
    auto const loaded = load_policy(text, "policy.yml");
    CHECK_FALSE(loaded.policies.has_value());
    CHECK(loaded.faults.size() == 12 + 11 * 10);
}

TEST_CASE("a second document is refused, one document with its marks is not", "[node]") {
    CHECK(
        faults_of("policies: []\n$second[[---]]\npolicies: []\n") ==
        lines{"3:1: error: a second document begins here: a file holds one"}
    );
    CHECK(faults_of("[],[],[]\n").size() == 1);
    CHECK(
        faults_of("%YAML 1.2\n---\npolicies: $p[[[]]]\n...\n") ==
        lines{"p: warning: policies is empty: nothing will be scaled"}
    );
}

TEST_CASE("deep nesting is refused", "[node]") {
    lines const deep{"1:20001: error: nested too deeply"};
    CHECK(faults_of(repeated("[", 20000)) == deep);
    CHECK(faults_of(repeated("{", 20000)) == deep);
    CHECK_FALSE(faults_of(repeated("- ", 20000)).empty());
    CHECK_FALSE(faults_of(repeated("? ", 20000)).empty());
}

TEST_CASE("a file beyond any size is refused unread", "[node]") {
    CHECK(
        faults_of(std::string(1'048'577, '#')) == lines{"1:1: error: the file has more than 1048576 bytes"}
    );
}

TEST_CASE("a file with nothing but faults costs no more than its size", "[node]") {
    auto const loaded = load_policy("{" + repeated("a: 1, ", 30'000) + "}", "policy.yml");
    CHECK(loaded.faults.size() == 1001);
    CHECK(loaded.faults.back().severity == fault_severity::error);
}

TEST_CASE("keys have to be names, each once", "[node]") {
    CHECK(
        faults_of("policies: []\n$b[[policies]]: []\n").at(1) ==
        "b: error: duplicate key \"policies\": it stands already at line 1, column 1"
    );
    CHECK(
        faults_of("? $k[[[a]]]\n: b\npolicies: []\n").at(0) == "k: error: a key must be a name, not a list"
    );
    CHECK(faults_of("$k[[~]]: b\npolicies: []\n").size() == 2);
}

} // namespace autoscaler::policy::tests
