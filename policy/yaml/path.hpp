// Paths as text: nothing here looks at a disk.
#pragma once

#include <string>

namespace autoscaler::policy::yaml {

// `path` as it is meant by somebody who writes it in `file`: a relative one begins in the folder of `file`.
std::string path_beside(std::string const& file, std::string const& path);

} // namespace autoscaler::policy::yaml
