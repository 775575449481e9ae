// The flags of one command, read as texts: what they mean is checked elsewhere. Collects every fault before
// the first is told. Internal to this room; only its .cpp knows CLI11.
#pragma once

#include "server/cli/option_values.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace autoscaler::server::cli {

class flag_set {
public:
    // `name` as help shows it: "swarm-autoscaler check".
    flag_set(std::string const& name, std::string const& description);
    ~flag_set();
    flag_set(flag_set const&) = delete;
    flag_set& operator=(flag_set const&) = delete;

    void add_value(std::string const& flag, std::string const& value_name, std::string const& help);
    void add_switch(std::string const& flag, std::string const& help);
    // Files, which stand without a flag: at least one.
    void add_files(std::string const& value_name, std::string const& help);
    // What help ends with.
    void set_footer(std::string const& text);

    // Reads the words behind the command's name. Help, the version or a fault: what to show instead of going
    // on.
    std::optional<command> read(std::vector<std::string> const& words);

    bool is_on(std::string const& flag) const { return switches_.at(flag); }

    std::vector<std::string> const& arguments() const { return arguments_; }

    // Every value of a flag that may be repeated, in their order.
    std::vector<std::string> const& all(std::string const& flag) const { return values_.at(flag); }

    // The value of a flag that may stand once, as text, then as `parse` reads it. Without the flag `into`
    // stays as it is.
    void once(std::string const& flag, std::string& into);

    template<typename T>
    void once(std::string const& flag, reading<T> (*parse)(std::string_view), T& into) {
        std::string text;
        once(flag, text);
        if (!all(flag).empty())
            take(flag, parse(text), into);
    }

    // Puts a value into `into`, or its fault among the faults.
    template<typename T>
    void take(std::string_view flag, reading<T> value, T& into) {
        if (auto const* fault = std::get_if<value_fault>(&value))
            faults_.push_back(std::string(flag) + ": " + fault->text);
        else
            into = std::get<T>(std::move(value));
    }

    // A fault of several flags together.
    void refuse(std::string fault) { faults_.push_back(std::move(fault)); }

    // All faults as one refusal, if there are any.
    std::optional<command> refusal() const;

private:
    std::vector<std::string> prepare(std::vector<std::string> const& words);
    void refuse_rest();

    std::unique_ptr<CLI::App> app_;
    std::string name_;
    std::string argument_; // what help calls a file
    std::map<std::string, std::vector<std::string>> values_;
    std::map<std::string, bool> switches_;
    std::vector<std::string> arguments_;
    std::vector<std::string> faults_;
};

} // namespace autoscaler::server::cli
