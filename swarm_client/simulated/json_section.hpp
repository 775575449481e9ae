// A strict reader of JSON documents that people write: members by name, unknown ones and wrong types reported
// under their place, all of them in one go. Borrows the document and the list of errors.
#pragma once

#include "swarm_client/model/time.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace autoscaler::swarm::simulated {

// A value as an error shows it: JSON, cut to 60 bytes.
std::string shown(nlohmann::json const& value);

// "1.5s": a number and one of ns, us, ms, s, m, h; together not negative and below 285 years.
std::optional<model::duration> parse_duration(std::string_view text);

// One object of the document: hands out its members by name, and reports what is wrong with them, under its
// path.
class section {
public:
    section(
        nlohmann::json const& value,
        std::string path,
        std::vector<std::string>& errors,
        std::initializer_list<std::string_view> known
    )
        : value_{value}, path_{std::move(path)}, errors_{errors} {
        if (!value_.is_object()) {
            complain(path_, "an object", value_);
            return;
        }
        for (auto const& [key, member] : value_.items())
            if (std::ranges::find(known, key) == known.end())
                errors_.push_back(place(key) + ": unknown key \"" + key + "\"; known are " + listed(known));
    }

    std::string place(std::string_view key) const {
        return path_.empty() ? std::string{key} : path_ + "." + std::string{key};
    }

    std::vector<std::string>& errors() { return errors_; }

    // Calls `use(member, path)` if there is one.
    template<class Use>
    void with(std::string_view key, Use use) {
        if (auto const found = value_.is_object() ? value_.find(key) : value_.end(); found != value_.end())
            use(*found, place(key));
    }

    void text(std::string_view key, std::string& into) {
        with(key, [&](nlohmann::json const& member, std::string const& path) {
            if (member.is_string())
                into = member.get<std::string>();
            else
                complain(path, "a text", member);
        });
    }

    template<class Number>
    void whole(std::string_view key, Number& into) {
        with(key, [&](nlohmann::json const& member, std::string const& path) {
            if (member.is_number_unsigned() &&
                member.get<std::uint64_t>() <= static_cast<std::uint64_t>(std::numeric_limits<Number>::max()))
                into = member.get<Number>();
            else
                complain(path, "a whole number", member);
        });
    }

    void flag(std::string_view key, bool& into) {
        with(key, [&](nlohmann::json const& member, std::string const& path) {
            if (member.is_boolean())
                into = member.get<bool>();
            else
                complain(path, "true or false", member);
        });
    }

    // Into a model::duration or an optional of one.
    template<class Duration>
    void time(std::string_view key, Duration& into) {
        with(key, [&](nlohmann::json const& member, std::string const& path) {
            auto const parsed = member.is_string() ? parse_duration(member.get<std::string>()) : std::nullopt;
            if (parsed)
                into = *parsed;
            else
                complain(path, "a duration such as \"500ms\", \"1s\" or \"2m\"", member);
        });
    }

    void texts(std::string_view key, std::vector<std::string>& into) {
        with(key, [&](nlohmann::json const& member, std::string const& path) {
            if (!member.is_array() ||
                !std::ranges::all_of(member, [](nlohmann::json const& one) { return one.is_string(); }))
                return complain(path, "a list of texts", member);
            into = member.get<std::vector<std::string>>();
        });
    }

    void labels(std::string_view key, std::map<std::string, std::string, std::less<>>& into) {
        with(key, [&](nlohmann::json const& member, std::string const& path) {
            if (!member.is_object() ||
                !std::ranges::all_of(member, [](nlohmann::json const& one) { return one.is_string(); }))
                return complain(path, "texts by name", member);
            for (auto const& [name, label] : member.items())
                into[name] = label.get<std::string>();
        });
    }

    // A word that `named` turns into an optional value.
    template<class Value, class Named>
    void word(std::string_view key, Value& into, std::string_view expected, Named named) {
        with(key, [&](nlohmann::json const& member, std::string const& path) {
            if (auto const value = member.is_string() ? named(member.get<std::string>()) : std::nullopt)
                into = *value;
            else
                complain(path, "one of " + std::string{expected}, member);
        });
    }

    void complain(std::string const& path, std::string const& expected, nlohmann::json const& found) {
        errors_.push_back(
            (path.empty() ? "document" : path) + ": expected " + expected + ", not " + shown(found)
        );
    }

private:
    static std::string listed(std::initializer_list<std::string_view> known) {
        std::string text;
        for (auto const one : known)
            text += (text.empty() ? "" : ", ") + std::string{one};
        return text;
    }

    nlohmann::json const& value_;
    std::string path_;
    std::vector<std::string>& errors_;
};

// Calls `read(element, path)` for each element of the list at `key`; says whether there is such a member.
template<class Read>
bool each(section& from, std::string_view key, Read read) {
    bool present = false;
    from.with(key, [&](nlohmann::json const& list, std::string const& path) {
        present = true;
        if (!list.is_array())
            return from.complain(path, "a list", list);
        for (std::size_t i = 0; i < list.size(); ++i)
            read(list[i], path + "[" + std::to_string(i) + "]");
    });
    return present;
}

} // namespace autoscaler::swarm::simulated
