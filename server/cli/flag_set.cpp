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
constexpr std::size_t help_width = 86; // behind that column

// In lines of that width: CLI11 breaks none.
std::string wrapped(std::string_view help) {
    std::string text;
    while (help.size() > help_width) {
        auto const end = help.rfind(' ', help_width);
        if (end == std::string_view::npos)
            break;
        text.append(help.substr(0, end)).append("\n");
        help.remove_prefix(end + 1);
    }
    return text.append(help);
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
    app_->add_option(flag, values_[flag], wrapped(help))
        ->type_name(value_name)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->expected(1)
        // One word for each time the flag is given; this also keeps "[::]:9093" from being read as a list.
        ->allow_extra_args(false);
}

void flag_set::add_switch(std::string const& flag, std::string const& help) {
    app_->add_flag(flag, switches_[flag], wrapped(help));
}

void flag_set::add_files(std::string const& value_name, std::string const& help) {
    argument_ = value_name;
    app_->add_option(value_name, arguments_, help)->type_name("")->required();
}

void flag_set::set_footer(std::string const& text) {
    app_->footer(text);
}

// Two habits of CLI11 that ours are not: `--flag=` would have no value where we mean the empty one, and
// `--flag --other` would take --other for the value.
std::vector<std::string> flag_set::prepare(std::vector<std::string> const& words) {
    std::vector<std::string> prepared;
    for (std::size_t i = 0; i < words.size(); ++i) {
        auto const& word = words[i];
        auto const name = word.substr(0, word.find('='));
        bool const switched = switches_.contains(name) && name != word;
        bool const empty = word.ends_with('=') && values_.contains(word.substr(0, word.size() - 1));
        bool const last = i + 1 == words.size() || words[i + 1].starts_with("--");
        if (switched && word != name + "=true" && word != name + "=false") {
            faults_.push_back(
                name + ": expected true or false, not " + text::in_quotes(word.substr(name.size() + 1))
            );
        } else if (empty) {
            prepared.push_back(word.substr(0, word.size() - 1));
            prepared.emplace_back();
        } else if (last && values_.contains(word)) {
            faults_.push_back(word + ": expected a value, as in " + word + "=VALUE");
        } else {
            prepared.push_back(word);
        }
    }
    return prepared;
}

std::optional<command> flag_set::read(std::vector<std::string> const& words) {
    auto prepared = prepare(words);
    std::ranges::reverse(prepared); // CLI11 takes them from the end
    try {
        app_->parse(std::move(prepared));
        refuse_rest();
    } catch (CLI::CallForHelp const&) {
        return show_text{app_->help()};
    } catch (CLI::CallForVersion const&) {
        return show_text{std::string(version_line()) + "\n"};
    } catch (CLI::RequiredError const&) {
        faults_.push_back("expected " + argument_ + ": at least one file");
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
            arguments.push_back("unexpected argument " + text::in_quotes(word));
        } else {
            auto const near = policy::yaml::nearest(flag, known);
            faults_.push_back(
                "unknown flag " + text::in_quotes(flag) +
                (near ? "; did you mean \"" + std::string(*near) + "\"?" : "")
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
