package layout

// Number is of everything that is stored: the keys, and the layouts of their bytes. It
// is raised by the version that stores what the version before would read wrongly or
// write away, and then the golden bytes of it are written down (testdata). Once a program
// of that version has opened a namespace, those of before stop writing to it.
const Number = 3
