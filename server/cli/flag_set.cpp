#include "server/cli/flag_set.hpp"

#include "policy/yaml/spelling.hpp"
#include "server/cli/version.hpp"
#include "server/text/utf8.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <utility>

namespace autoscaler::server::cli {

namespace {

constexpr std::size_t help_column = 34;

std::string quoted(std::string_view text) {
    std::string out;
    text::append_quoted(out, text);
    return out;
}

} // namespace

flag_set::flag_set(std::string const& name, std::string const& description)
    : app_(std::make_unique<CLI::App>(description, name)), name_(name) {
    app_->set_help_flag("-h,--help", "Show this text");
    app_->set_version_flag("--version", std::string(version_line()), "Show the version");
    app_->get_formatter()->column_width(help_column);
    // Unknown words come to refuse_rest(), which names all of them.
    app_->allow_extras();
}

flag_set::~flag_set() = default;

void flag_set::add_value(std::string const& flag, std::string const& value_name, std::string const& help) {
    app_->add_option(flag, values_[flag], help)
        ->type_name(value_name)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->expected(1)
        // One word for each time the flag is given; this also keeps "[::]:9093" from being read as a list.
        ->allow_extra_args(false);
}

void flag_set::add_switch(std::string const& flag, std::string const& help) {
    app_->add_flag(flag, switches_[flag], help);
}

void flag_set::add_arguments(std::string const& value_name, std::string const& help) {
    app_->add_option(value_name, arguments_, help)->type_name("")->required();
}

void flag_set::set_footer(std::string const& text) {
    app_->footer(text);
}

std::optional<command> flag_set::read(std::vector<std::string> words) {
    std::ranges::reverse(words); // CLI11 takes them from the end
    try {
        app_->parse(std::move(words));
        refuse_rest();
    } catch (CLI::CallForHelp const&) {
        return show_text{app_->help()};
    } catch (CLI::CallForVersion const&) {
        return show_text{std::string(version_line()) + "\n"};
    } catch (CLI::ArgumentMismatch const& fault) {
        // "--flag: 1 required VALUE missing"
        std::string_view const text = fault.what();
        std::string const flag(text.substr(0, text.find(':')));
        faults_.push_back(flag + ": expected a value, as in " + flag + "=VALUE");
    } catch (CLI::RequiredError const& fault) {
        faults_.emplace_back(fault.what());
    } catch (CLI::ParseError const& fault) {
        faults_.emplace_back(fault.what());
    }
    return refusal();
}

void flag_set::refuse_rest() {
    std::vector<std::string_view> known{"--help", "--version"};
    for (auto const& [flag, values] : values_)
        known.push_back(flag);
    for (auto const& [flag, on] : switches_)
        known.push_back(flag);

    std::vector<std::string> arguments;
    auto const rest = app_->remaining();
    for (auto const& word : rest) {
        std::string const flag = word.substr(0, word.find('='));
        if (!word.starts_with('-')) {
            arguments.push_back("unexpected argument " + quoted(word));
        } else {
            auto const near = policy::yaml::nearest(flag, known);
            faults_.push_back(
                "unknown flag " + quoted(flag) + (near ? "; did you mean \"" + std::string(*near) + "\"?" : "")
            );
        }
    }
    // Behind an unknown flag, such a word is most likely its value.
    if (faults_.empty())
        faults_ = std::move(arguments);
}

void flag_set::once(std::string const& flag, std::string& into) {
    auto const& given = all(flag);
    if (given.empty())
        return;
    into = given.front();
    if (given.size() > 1)
        faults_.push_back(flag + ": given " + std::to_string(given.size()) + " times: expected it once");
}

std::optional<command> flag_set::refusal() const {
    if (faults_.empty())
        return {};
    std::string text;
    for (auto const& each : faults_)
        text += "error: " + each + "\n";
    return usage_error{text + "See \"" + name_ + " --help\".\n"};
}

} // namespace autoscaler::server::cli
